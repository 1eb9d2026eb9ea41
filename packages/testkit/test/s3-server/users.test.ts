import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import type { S3User } from '../../src/s3-server/index.js';
import { clientOf, failure } from './client.js';
import { useServer } from './running-server.js';

const running = useServer({ buckets: ['photos'] });
const Bucket = 'photos';
const file = { Bucket, Key: 'a/1' };
const DENIED = failure('AccessDenied', 403);

let number = 0;

type Statement = Readonly<Record<string, unknown>>;

function added(...statements: readonly Statement[]): S3User & { readonly client: S3Client } {
  number += 1;
  const credentials = { accessKeyId: `AKUSER${number}`, secretAccessKey: 'secret of a user' };
  const policies = statements.map((Statement) => ({ Version: '2012-10-17', Statement }));
  const user = running.server.addUser({ ...credentials, policies });
  const { arn } = user;
  return {
    arn,
    credentials,
    client: clientOf(running.server, { credentials }),
    get unusedPermissions() {
      return user.unusedPermissions;
    },
  };
}

const allow = (Action: string | string[], Resource: string, Condition?: Statement): Statement => ({
  ...{ Sid: 'Some', Effect: 'Allow', Action, Resource },
  ...(Condition === undefined ? {} : { Condition }),
});
const deny = (Action: string, Resource: string): Statement => ({
  Effect: 'Deny',
  Action,
  Resource,
});

const variable = (name: string) => `\${${name}}`;
const ALL = 'arn:aws:s3:::photos/*';
const put = (client: S3Client, more = {}) =>
  client.send(new PutObjectCommand({ ...file, Body: 'x', ...more }));

describe('a user', () => {
  it('may do nothing that nobody allows him', async () => {
    await put(running.client);
    const { client } = added();
    await expect(client.send(new GetObjectCommand(file))).rejects.toMatchObject(DENIED);
    await expect(client.send(new CreateBucketCommand({ Bucket: 'own' }))).rejects.toMatchObject(
      DENIED,
    );
  });

  it('is told which action is missing', async () => {
    await expect(put(added().client)).rejects.toThrow(
      /user\/AKUSER\d+ is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::photos\/a\/1" because no identity-based policy allows/,
    );
  });

  it('may do what his policies allow, less what one denies', async () => {
    const { client, ...user } = added(
      allow(['s3:PutObject', 's3:GetObject'], ALL),
      deny('s3:*', `${ALL}1`),
    );
    await put(client, { Key: 'a/2' });
    await expect(put(client)).rejects.toThrow('explicit deny in an identity-based policy');
    expect(user.unusedPermissions).toEqual(['Some s3:PutObject', 'Some s3:GetObject']);
  });

  it('may do what the bucket’s policy allows him, less what it denies him or his account', async () => {
    const { client, arn } = added();
    const other = added(allow('s3:GetObject', ALL));
    const policy = (...Statement: readonly Statement[]) =>
      running.client.send(
        new PutBucketPolicyCommand({
          Bucket,
          Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
        }),
      );
    const by = (AWS: string, statement: Statement) => ({ ...statement, Principal: { AWS } });
    await policy(by(arn, allow('s3:GetObject', ALL)));
    await client.send(new GetObjectCommand(file));
    await expect(put(client)).rejects.toMatchObject(DENIED);
    await policy(by(arn, deny('s3:GetObject', ALL)));
    await expect(client.send(new GetObjectCommand(file))).rejects.toMatchObject(DENIED);
    await other.client.send(new GetObjectCommand(file));
    const root = 'arn:aws:iam::000000000000:root';
    await policy(by(root, allow('s3:*', ALL)));
    await expect(put(client)).rejects.toMatchObject(DENIED); // left to his own policies
    await policy(by(root, deny('s3:GetObject', ALL)));
    await expect(other.client.send(new GetObjectCommand(file))).rejects.toMatchObject(DENIED);
    await policy(by(root, deny('s3:GetObjectAcl', ALL)));
  });

  it('is told that a key is missing only below what he may list', async () => {
    const listing = allow('s3:ListBucket', 'arn:aws:s3:::photos', {
      StringLike: { 's3:prefix': 'a/*' },
    });
    const { client } = added(allow('s3:GetObject', ALL), listing);
    const head = (Key: string) => client.send(new HeadObjectCommand({ Bucket, Key }));
    await expect(head('a/none')).rejects.toMatchObject(failure('NotFound', 404));
    await expect(head('b/none')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/' }));
    await expect(client.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject(DENIED);
  });

  it('needs what a request asks for beside its own action', async () => {
    const { client } = added(allow(['s3:PutObject', 's3:DeleteObject'], ALL));
    const { ETag } = await put(client, { Key: 'a/own' });
    for (const more of [{ Tagging: 'a=b' }, { ACL: 'private' }, { IfMatch: ETag }] as const)
      await expect(put(client, { Key: 'a/own', ...more })).rejects.toMatchObject(DENIED);
    const remove = (IfMatch?: string) =>
      client.send(new DeleteObjectCommand({ Bucket, Key: 'a/own', IfMatch }));
    await expect(remove(ETag)).rejects.toMatchObject(DENIED);
    const copy = new CopyObjectCommand({ Bucket, Key: 'a/copy', CopySource: 'photos/a/1' });
    await expect(client.send(copy)).rejects.toMatchObject(DENIED);
    await remove();
  });

  it('needs the key that files are encrypted with', async () => {
    const key = 'arn:aws:kms:us-east-1:000000000000:key/1234';
    const encrypted = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: key } as const;
    const files = allow(['s3:PutObject', 's3:GetObject'], ALL);
    const writer = added(files, allow('kms:GenerateDataKey', key)).client;
    await expect(put(added(files).client, encrypted)).rejects.toThrow('kms:GenerateDataKey');
    await put(writer, encrypted);
    await expect(writer.send(new GetObjectCommand(file))).rejects.toThrow('kms:Decrypt');
    const via = { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } };
    await added(files, allow('kms:Decrypt', key, via)).client.send(new GetObjectCommand(file));
  });

  it.each<[string, Statement, Readonly<Record<string, string>>, boolean]>([
    [
      'all tags that are put',
      { 'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['a', 'b'] } },
      { Tagging: 'a=1&c=2' },
      false,
    ],
    [
      'all tags that are put',
      { 'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['a', 'b'] } },
      { Tagging: 'a=1&b=2' },
      true,
    ],
    [
      'any tag that is put',
      { 'ForAnyValue:StringEquals': { 's3:RequestObjectTagKeys': ['c'] } },
      { Tagging: 'a=1' },
      false,
    ],
    ['one tag', { StringEquals: { 's3:RequestObjectTag/a': '1' } }, { Tagging: 'a=2' }, false],
    [
      'one tag, if there are any',
      { StringEqualsIfExists: { 's3:RequestObjectTag/a': '1' } },
      {},
      true,
    ],
    ['who it is', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/AK*' } }, {}, true],
    [
      'who it is, by a variable',
      { StringEquals: { 'aws:username': variable('aws:username') } },
      {},
      true,
    ],
    [
      'a star, and not anything',
      { StringLike: { 's3:if-none-match': variable('*') } },
      { IfNoneMatch: '*' },
      true,
    ],
    ['the whole, not a part', { Bool: { 's3:ObjectCreationOperation': 'false' } }, {}, false],
  ])('may be limited by %s: %o', async (_, condition, headers, allowed) => {
    const { client } = added(
      allow('s3:PutObject', ALL, condition),
      allow('s3:PutObjectTagging', ALL),
    );
    number += 1;
    const sent = put(client, { Key: `c/${number}`, ...headers });
    if (allowed) await sent;
    else await expect(sent).rejects.toMatchObject(DENIED);
  });

  it('is not taken with a policy that would not be evaluated, nor with the key of another', () => {
    const dated = { DateLessThan: { 'aws:CurrentTime': '2999-01-01T00:00:00Z' } };
    expect(() => added(allow('s3:*', ALL, dated))).toThrow('not evaluated by this server');
    expect(() => added({ ...allow('s3:*', ALL), Principal: '*' })).toThrow(
      'Unknown field Principal',
    );
    const { accessKeyId } = running.server.credentials;
    expect(() => running.server.addUser({ accessKeyId, secretAccessKey: 'x' })).toThrow(TypeError);
  });
});
