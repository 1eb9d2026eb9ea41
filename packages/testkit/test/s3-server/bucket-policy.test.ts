import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { accountOf } from '../../src/s3-server/account.js';
import { clientOf, failure } from './client.js';
import { useServer } from './running-server.js';
import { send, transmit } from './signed-request.js';

const OWNER = { accessKeyId: 'AKOWNER', secretAccessKey: 'secret of the owner' };
const OTHER = { accessKeyId: 'AKOTHER', secretAccessKey: 'secret of another' };

const running = useServer({ credentials: [OWNER, OTHER] });
let Bucket: string;
let buckets = 0;

beforeEach(async () => {
  buckets += 1;
  Bucket = `bucket-${buckets}`;
  await running.client.send(new CreateBucketCommand({ Bucket }));
  for (const Key of ['public/a', 'public/b', 'private/a']) {
    await running.client.send(new PutObjectCommand({ Bucket, Key, Body: `content of ${Key}` }));
  }
});

type Statement = Readonly<Record<string, unknown>>;

const arn = (path = '') => `arn:aws:s3:::${Bucket}${path}`;
const allow = (Action: string | string[], Resource: string | string[], more: Statement = {}) => ({
  Effect: 'Allow',
  Principal: '*',
  Action,
  Resource,
  ...more,
});
const deny = (Action: string, Resource: string | string[], more: Statement = {}) => ({
  ...allow(Action, Resource, more),
  Effect: 'Deny',
});

const setPolicy = (...Statement: Statement[]) =>
  running.client.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  );

/** As the owner of a bucket does who wants it to be public. */
async function open(...statements: Statement[]): Promise<void> {
  await running.client.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await setPolicy(...statements);
}

/** Without any signature. */
const anonymous = (path: string, method = 'GET', headers = {}) =>
  transmit(running.server, {
    method,
    target: `/${Bucket}${path}`,
    headers: { host: `127.0.0.1:${running.server.port}`, ...headers },
  });

const denied = { status: 403, code: 'AccessDenied' };

describe('an anonymous request', () => {
  it('is denied in a bucket without a policy', async () => {
    for (const path of ['/public/a', '', '?versions', '/none']) {
      expect(await anonymous(path)).toMatchObject(denied);
    }
    const put = transmit(running.server, {
      method: 'PUT',
      target: `/${Bucket}/x`,
      headers: {},
      body: 'x',
    });
    expect(await put).toMatchObject(denied);
    const elsewhere = (method: string, target: string) =>
      transmit(running.server, { method, target, headers: {} });
    expect(await elsewhere('GET', '/')).toMatchObject(denied);
    expect(await elsewhere('PUT', '/new-bucket')).toMatchObject(denied);
    expect(await elsewhere('GET', '/no-such-bucket/x')).toMatchObject({ code: 'NoSuchBucket' });
  });

  it('reads what the policy allows, and nothing else', async () => {
    await open(allow('s3:GetObject', arn('/public/*')));
    expect(await anonymous('/public/a')).toMatchObject({
      status: 200,
      body: 'content of public/a',
    });
    expect(await anonymous('/public/a', 'HEAD')).toMatchObject({ status: 200 });
    expect(await anonymous('/private/a')).toMatchObject(denied);
    expect(await anonymous('')).toMatchObject(denied);
    expect(await anonymous('/public/a?tagging')).toMatchObject(denied);
    expect(await anonymous('/public/a', 'DELETE')).toMatchObject(denied);
  });

  it('lists what the policy allows', async () => {
    await open(allow('s3:ListBucket', arn()));
    expect((await anonymous('?list-type=2&prefix=public/')).body).toContain('<Key>public/b</Key>');
    expect(await anonymous('', 'HEAD')).toMatchObject({ status: 200 });
    expect(await anonymous('?versions')).toMatchObject(denied);
    expect(await anonymous('/public/a')).toMatchObject(denied);
  });

  it('is not told whether a key is there unless it may list', async () => {
    await open(allow('s3:GetObject', arn('/*')));
    expect(await anonymous('/none')).toMatchObject(denied);
    await setPolicy(allow(['s3:GetObject', 's3:ListBucket'], [arn(), arn('/*')]));
    expect(await anonymous('/none')).toMatchObject({ status: 404, code: 'NoSuchKey' });
  });

  it('writes nothing, whatever the policy allows', async () => {
    await open(allow('s3:*', [arn(), arn('/*')]));
    expect(await anonymous('/public/a', 'DELETE')).toMatchObject(denied);
    expect(await anonymous('?policy')).toMatchObject(denied);
    expect(await anonymous('', 'DELETE')).toMatchObject(denied);
  });

  it('needs another right to read versions', async () => {
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await running.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    await open(allow('s3:GetObject', arn('/*')));
    expect(await anonymous('/public/a?versionId=null')).toMatchObject(denied);
    await setPolicy(allow('s3:GetObjectVersion', arn('/*')));
    expect(await anonymous('/public/a?versionId=null')).toMatchObject({ status: 200 });
    expect(await anonymous('/public/a')).toMatchObject(denied);
  });

  it('can’t choose the headers of the answer', async () => {
    await open(allow('s3:GetObject', arn('/*')));
    expect(await anonymous('/public/a?response-content-type=text/html')).toMatchObject({
      status: 400,
      code: 'InvalidRequest',
    });
  });

  it('reads nothing that S3 would ask a key server for', async () => {
    await open(allow('s3:GetObject', arn('/*')));
    const sealed = { Bucket, Key: 'sealed', Body: 'x', ServerSideEncryption: 'aws:kms' as const };
    await running.client.send(new PutObjectCommand(sealed));
    expect(await anonymous('/sealed')).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });

  it('with a signature that is wrong is not an anonymous one', async () => {
    await open(allow('s3:GetObject', arn('/*')));
    const forged = { path: `/${Bucket}/public/a`, forge: () => '0'.repeat(64) };
    expect(await send(running.server, forged)).toMatchObject({ code: 'SignatureDoesNotMatch' });
  });
});

describe('a policy', () => {
  it('denies before it allows', async () => {
    await open(allow('s3:GetObject', arn('/*')), deny('s3:GetObject', arn('/private/*')));
    expect(await anonymous('/public/a')).toMatchObject({ status: 200 });
    expect(await anonymous('/private/a')).toMatchObject(denied);
  });

  it('may have wildcards, and exceptions', async () => {
    await open(allow('s3:Get*', arn('/p?b*/a')), {
      ...allow([], []),
      Action: undefined,
      NotAction: 's3:GetObject',
      Resource: arn('/*'),
    });
    expect(await anonymous('/public/a')).toMatchObject({ status: 200 });
    expect(await anonymous('/public/b')).toMatchObject(denied);
    expect(await anonymous('/public/b?tagging')).toMatchObject({ status: 200 });
    await setPolicy({
      ...allow('s3:GetObject', []),
      Resource: undefined,
      NotResource: arn('/priv*'),
    });
    expect(await anonymous('/public/a')).toMatchObject({ status: 200 });
    expect(await anonymous('/private/a')).toMatchObject(denied);
  });

  it('lets another account in, all of them or one by its id', async () => {
    const read = () => send(running.server, { path: `/${Bucket}/public/a`, credentials: OTHER });
    expect(await read()).toMatchObject(denied);
    const CanonicalUser = accountOf(OTHER).id;
    await setPolicy(allow('s3:GetObject', arn('/*'), { Principal: { CanonicalUser } }));
    expect(await read()).toMatchObject({ status: 200 });
    expect(await anonymous('/public/a')).toMatchObject(denied);
    await open(allow('s3:GetObject', arn('/*'), { Principal: { AWS: '*' } }));
    expect(await read()).toMatchObject({ status: 200 });
    expect(await anonymous('/public/a')).toMatchObject({ status: 200 });
    const User = 'arn:aws:iam::123456789012:user/me';
    await setPolicy(allow('s3:GetObject', arn('/*'), { Principal: { AWS: [User] } }));
    expect(await read()).toMatchObject(denied);
  });

  it('lets another account copy out of the bucket', async () => {
    const other = clientOf(running.server, { credentials: OTHER });
    const theirs = `theirs-${buckets}`;
    await other.send(new CreateBucketCommand({ Bucket: theirs }));
    const CopySource = `${Bucket}/public/a`;
    const copy = () => other.send(new CopyObjectCommand({ Bucket: theirs, Key: 'k', CopySource }));
    await expect(copy()).rejects.toMatchObject(failure('AccessDenied', 403));
    const CanonicalUser = accountOf(OTHER).id;
    await setPolicy(allow('s3:GetObject', arn('/*'), { Principal: { CanonicalUser } }));
    await copy();
  });

  it('binds its owner where it denies, but for the policy itself', async () => {
    await setPolicy(deny('s3:*', [arn(), arn('/*')]));
    const get = running.client.send(new GetObjectCommand({ Bucket, Key: 'public/a' }));
    await expect(get).rejects.toMatchObject(failure('AccessDenied', 403));
    await running.client.send(new GetBucketPolicyCommand({ Bucket }));
    await running.client.send(new DeleteBucketPolicyCommand({ Bucket }));
    await running.client.send(new GetObjectCommand({ Bucket, Key: 'public/a' }));
  });

  it('keeps some keys from a DeleteObjects, and from a copy', async () => {
    await setPolicy(
      deny('s3:DeleteObject', arn('/private/*')),
      deny('s3:GetObject', arn('/private/*')),
    );
    const Objects = [{ Key: 'private/a' }, { Key: 'public/a' }];
    const answer = await running.client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
    );
    expect(answer.Errors).toMatchObject([{ Key: 'private/a', Code: 'AccessDenied' }]);
    expect(answer.Deleted).toMatchObject([{ Key: 'public/a' }]);
    const CopySource = `${Bucket}/private/a`;
    await expect(
      running.client.send(new CopyObjectCommand({ Bucket, Key: 'k', CopySource })),
    ).rejects.toMatchObject(failure('AccessDenied', 403));
  });
});

describe('a condition', () => {
  it('makes every write conditional, as S3 recommends', async () => {
    await setPolicy(
      deny('s3:PutObject', arn('/*'), {
        Condition: {
          Null: { 's3:if-none-match': 'true' },
          Bool: { 's3:ObjectCreationOperation': 'true' },
        },
      }),
    );
    const put = (headers = {}) =>
      send(running.server, { method: 'PUT', path: `/${Bucket}/new`, body: 'x', headers });
    expect(await put()).toMatchObject(denied);
    expect(await put({ 'if-none-match': '*' })).toMatchObject({ status: 200 });
    const begin = { method: 'POST', path: `/${Bucket}/new`, query: { uploads: '' } };
    expect(await send(running.server, begin)).toMatchObject({ status: 200 });
  });

  it.each<[string, Statement, number]>([
    ['the transport', { Bool: { 'aws:SecureTransport': 'false' } }, 403],
    ['the transport', { Bool: { 'aws:SecureTransport': true } }, 200],
    ['the address', { NotIpAddress: { 'aws:SourceIp': ['10.0.0.0/8'] } }, 403],
    ['the address', { NotIpAddress: { 'aws:SourceIp': ['127.0.0.0/8'] } }, 200],
    ['the page', { StringNotLike: { 'aws:Referer': 'https://ours.example/*' } }, 403],
    ['the page', { StringLikeIfExists: { 'aws:Referer': 'https://x.example/*' } }, 403],
    ['the page', { StringLike: { 'aws:Referer': 'https://x.example/*' } }, 200],
    [
      'two things, both of which have to hold',
      { Bool: { 'aws:SecureTransport': 'false' }, Null: { 'aws:Referer': 'false' } },
      200,
    ],
  ])('may ask for %s: %o', async (_, Condition, status) => {
    await setPolicy(deny('s3:GetObject', arn('/*'), { Condition }));
    expect((await send(running.server, { path: `/${Bucket}/public/a` })).status).toBe(status);
  });

  it('may limit a listing to a prefix', async () => {
    const Condition = { StringEquals: { 's3:prefix': ['public/', 'also/'] } };
    await open(allow('s3:ListBucket', arn(), { Condition }));
    expect(await anonymous('?prefix=public/')).toMatchObject({ status: 200 });
    expect(await anonymous('?prefix=private/')).toMatchObject(denied);
    expect(await anonymous('')).toMatchObject(denied);
  });

  it('that is not evaluated is refused, not ignored', async () => {
    for (const Condition of [
      { DateLessThan: { 'aws:CurrentTime': '2999-01-01T00:00:00Z' } },
      { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } },
    ]) {
      await expect(setPolicy(deny('s3:GetObject', arn('/*'), { Condition }))).rejects.toMatchObject(
        failure('NotImplemented', 501),
      );
    }
  });
});

describe('public access is blocked', () => {
  const block = (name: string) =>
    running.client.send(
      new PutPublicAccessBlockCommand({
        Bucket,
        PublicAccessBlockConfiguration: { [name]: true },
      }),
    );

  it('in a new bucket, so that no policy opens it', async () => {
    const { PublicAccessBlockConfiguration } = await running.client.send(
      new GetPublicAccessBlockCommand({ Bucket }),
    );
    expect(PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    });
    await expect(setPolicy(allow('s3:GetObject', arn('/*')))).rejects.toMatchObject(
      failure('AccessDenied', 403),
    );
    const get = running.client.send(new GetBucketPolicyCommand({ Bucket }));
    await expect(get).rejects.toMatchObject(failure('NoSuchBucketPolicy', 404));
  });

  it('by BlockPublicPolicy for new policies, not for the one that is there', async () => {
    await open(allow('s3:GetObject', arn('/*')));
    await block('BlockPublicPolicy');
    expect(await anonymous('/public/a')).toMatchObject({ status: 200 });
    await expect(setPolicy(allow('s3:*', arn('/*')))).rejects.toMatchObject(
      failure('AccessDenied', 403),
    );
  });

  it('by RestrictPublicBuckets for all but the owner', async () => {
    await open(allow('s3:GetObject', arn('/*')));
    await block('RestrictPublicBuckets');
    expect(await anonymous('/public/a')).toMatchObject(denied);
    expect(
      await send(running.server, { path: `/${Bucket}/public/a`, credentials: OTHER }),
    ).toMatchObject(denied);
    expect(await send(running.server, { path: `/${Bucket}/public/a` })).toMatchObject({
      status: 200,
    });
  });

  it('but not for a policy that names addresses', async () => {
    const inside = { Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } } };
    await setPolicy(allow('s3:GetObject', arn('/*'), inside));
    expect(await anonymous('/public/a')).toMatchObject({ status: 200 });
    const status = async () =>
      (await running.client.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus
        ?.IsPublic;
    expect(await status()).toBe(false);
    const all = { Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } } };
    await expect(setPolicy(allow('s3:GetObject', arn('/*'), all))).rejects.toMatchObject(
      failure('AccessDenied', 403),
    );
    await open(allow('s3:GetObject', arn('/*')));
    expect(await status()).toBe(true);
  });
});
