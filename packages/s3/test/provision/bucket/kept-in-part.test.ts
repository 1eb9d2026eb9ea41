import {
  GetBucketLifecycleConfigurationCommand,
  type PutBucketLifecycleConfigurationCommandInput,
} from '@aws-sdk/client-s3';
import { applyBucket, type BucketSettings, planBucket } from '@org/storage-s3/provision';
import { describe, expect, test } from 'vitest';
import { provisioned, someBucket, useTlsServer } from './server.js';

const running = useTlsServer();

const rulesOf = async (bucket: string) => {
  const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
  const answer = running.client.send(command).catch(() => ({ Rules: undefined }));
  return (await answer).Rules;
};

const isLifecycle = (input: object): input is PutBucketLifecycleConfigurationCommandInput =>
  'LifecycleConfiguration' in input;

/** A client of a server that drops how many versions are kept, as Ceph 18 does; `refusal`: and that takes no second set of rules. */
function cutting(refusal?: Error) {
  const client = running.connect();
  let writes = 0;
  client.middlewareStack.add(
    (next) => (args) => {
      const { input } = args;
      if (!isLifecycle(input)) return next(args);
      if (++writes > 1 && refusal !== undefined) throw refusal;
      const Rules = input.LifecycleConfiguration?.Rules?.map(
        ({ NoncurrentVersionExpiration, ...rule }) => {
          if (NoncurrentVersionExpiration === undefined) return rule;
          const { NoncurrentDays } = NoncurrentVersionExpiration;
          return { ...rule, NoncurrentVersionExpiration: { NoncurrentDays } };
        },
      );
      return next({ ...args, input: { ...input, LifecycleConfiguration: { Rules } } });
    },
    { step: 'initialize' },
  );
  return client;
}

const SETTINGS: BucketSettings = {
  lifecycle: { abandonedUploads: { days: 7 }, noncurrentVersions: { days: 30, keep: 3 } },
};
const settle = 100;

describe('rules that would remove versions that are to be kept', () => {
  test.each<[string, BucketSettings]>([
    ['where there were none', {}],
    ['beside those that were there', { lifecycle: { abandonedUploads: { days: 3 } } }],
  ])('do not stay: %s', async (_, before) => {
    const bucket = someBucket();
    await provisioned(running.client, bucket, before);
    const rules = await rulesOf(bucket);
    const client = cutting();
    const plan = await planBucket(client, bucket, SETTINGS);
    expect(await applyBucket(client, plan, { settle })).toEqual([
      {
        setting: 'lifecycle',
        result: 'unsupported',
        message: expect.stringMatching(/drops.*noncurrentVersions\.keep.*put back/),
      },
    ]);
    expect(await rulesOf(bucket)).toEqual(rules);
  });

  test('are told where they can’t be put back', async () => {
    const bucket = someBucket();
    await provisioned(running.client, bucket, {});
    await provisioned(running.client, bucket, { lifecycle: { abandonedUploads: { days: 3 } } });
    const refusal = Object.assign(new Error('no'), {
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    const client = cutting(refusal);
    const plan = await planBucket(client, bucket, SETTINGS);
    expect(await applyBucket(client, plan, { settle })).toEqual([
      {
        setting: 'lifecycle',
        result: 'denied',
        message: expect.stringMatching(/drops.*could not be put back.*PutLifecycle/),
      },
    ]);
  });
});
