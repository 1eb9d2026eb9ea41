import {
  DeletePublicAccessBlockCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { type Case, ownBucket } from './case.js';
import { type Setting, told } from './setting.js';

/** A bucket whose policy may make it public, as its owner sees it and as a stranger does. */
async function publishable(setting: Setting) {
  const { client, server } = setting;
  const Bucket = await ownBucket(setting);
  for (const Key of ['open/1', 'closed/1']) {
    await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  }
  await client.send(new DeletePublicAccessBlockCommand({ Bucket }));
  const setPolicy = (...Statement: object[]) => {
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    return client.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  };
  const anonymous = async (path: string, method = 'GET') => {
    const answer = await fetch(`${server.endpoint}/${Bucket}${path}`, { method });
    const code = /<Code>(.*?)<\/Code>/.exec(await answer.text())?.[1];
    return code === undefined ? answer.status : `${answer.status} ${code}`;
  };
  const statement = (Effect: string, Action: string, path: string) => ({
    Effect,
    Principal: '*',
    Action,
    Resource: `arn:aws:s3:::${Bucket}${path}`,
  });
  return { Bucket, setPolicy, anonymous, statement };
}

export const PUBLIC_ACCESS: readonly Case[] = [
  {
    name: 'an anonymous request reads what the policy allows',
    aws: ['403 AccessDenied', 200, 200, '403 AccessDenied', '403 AccessDenied', '403 AccessDenied'],
    ask: async (setting) => {
      const { setPolicy, anonymous, statement } = await publishable(setting);
      const before = await anonymous('/open/1');
      await setPolicy(statement('Allow', 's3:GetObject', '/open/*'));
      return [
        before,
        await anonymous('/open/1'),
        await anonymous('/open/1', 'HEAD'),
        await anonymous('/closed/1'),
        await anonymous('/open/none'),
        await anonymous('/'),
      ];
    },
  },
  {
    name: 'an anonymous request that may list is told what is missing',
    aws: [200, '404 NoSuchKey'],
    ask: async (setting) => {
      const { setPolicy, anonymous, statement } = await publishable(setting);
      await setPolicy(
        statement('Allow', 's3:ListBucket', ''),
        statement('Allow', 's3:GetObject', '/*'),
      );
      return [await anonymous('/'), await anonymous('/none')];
    },
  },
  {
    name: 'a policy denies before it allows, its owner too',
    aws: [200, '403 AccessDenied', '403 AccessDenied'],
    ask: async (setting) => {
      const { setPolicy, anonymous, statement, Bucket } = await publishable(setting);
      await setPolicy(
        statement('Allow', 's3:GetObject', '/*'),
        statement('Deny', 's3:*', '/closed/*'),
      );
      const put = new PutObjectCommand({ Bucket, Key: 'closed/2', Body: 'x' });
      return [
        await anonymous('/open/1'),
        await anonymous('/closed/1'),
        await told(setting.client.send(put)),
      ];
    },
  },
  {
    name: 'public access that is blocked: a new policy, and the one that is there',
    aws: ['403 AccessDenied', 200, '403 AccessDenied'],
    ask: async (setting) => {
      const { setPolicy, anonymous, statement, Bucket } = await publishable(setting);
      const open = statement('Allow', 's3:GetObject', '/*');
      const block = (name: string) =>
        setting.client.send(
          new PutPublicAccessBlockCommand({
            Bucket,
            PublicAccessBlockConfiguration: { [name]: true },
          }),
        );
      await setPolicy(open);
      await block('BlockPublicPolicy');
      const refused = await told(setPolicy(open));
      const still = await anonymous('/open/1');
      await block('RestrictPublicBuckets');
      return [refused, still, await anonymous('/open/1')];
    },
  },
  {
    name: 'a policy that is none',
    aws: ['400 MalformedPolicy', '400 MalformedPolicy'],
    ask: async (setting) => {
      const { setPolicy, statement } = await publishable(setting);
      return [
        await told(setPolicy({ Effect: 'Allow' })),
        await told(
          setPolicy({
            ...statement('Allow', 's3:GetObject', '/*'),
            Resource: 'arn:aws:s3:::other/*',
          }),
        ),
      ];
    },
  },
];
