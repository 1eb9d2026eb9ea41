import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../src/s3-server/index.js';
import { clientOf, failure } from './client.js';
import { type RawRequest, send } from './signed-request.js';

const Bucket = 'photos';
const MD5 = '"9a0364b9e99bb480dd25e1f0284c8555"';
let server: S3Server;
let client: S3Client;
let dataDirectory: string;

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 's3-encryption-'));
  server = await startS3Server({ buckets: [Bucket], dataDirectory });
  client = clientOf(server);
});
afterAll(async () => {
  await server.close();
  await rm(dataDirectory, { recursive: true, force: true });
});

const KEY = Buffer.alloc(32, 'k');
const OTHER_KEY = Buffer.alloc(32, 'o');
const md5 = (data: Buffer) => createHash('md5').update(data).digest('base64');

const customer = (key: Buffer) => ({
  SSECustomerAlgorithm: 'AES256',
  SSECustomerKey: key.toString('base64'),
  SSECustomerKeyMD5: md5(key),
});
const copySource = (key: Buffer) => ({
  CopySourceSSECustomerAlgorithm: 'AES256',
  CopySourceSSECustomerKey: key.toString('base64'),
  CopySourceSSECustomerKeyMD5: md5(key),
});

const put = (Key: string, more = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'content', ...more }));
const get = (Key: string, more = {}) => client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const head = (Key: string, more = {}) =>
  client.send(new HeadObjectCommand({ Bucket, Key, ...more }));

describe('encryption by the server', () => {
  it('is S3’s own where none is asked for', async () => {
    expect(await put('plain')).toMatchObject({ ServerSideEncryption: 'AES256', ETag: MD5 });
    expect(await head('plain')).toMatchObject({ ServerSideEncryption: 'AES256' });
  });

  it('with a key of the key server is told, and the ETag is no MD5', async () => {
    const kms = { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: 'key-1' };
    const written = await put('kms', { ...kms, BucketKeyEnabled: true });
    expect(written).toMatchObject({ ...kms, BucketKeyEnabled: true });
    expect(written.ETag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(written.ETag).not.toBe(MD5);
    expect(await head('kms')).toMatchObject({ ...kms, ETag: written.ETag });
    const unnamed = await put('kms', { ServerSideEncryption: 'aws:kms' });
    expect(unnamed.SSEKMSKeyId).toMatch(/^arn:aws:kms:us-east-1:/);
  });

  it('is that of the bucket where none is asked for', async () => {
    const encrypted = { Bucket: 'encrypted', Key: 'k' };
    await client.send(new CreateBucketCommand({ Bucket: 'encrypted' }));
    const Rules = [
      {
        ApplyServerSideEncryptionByDefault: {
          SSEAlgorithm: 'aws:kms' as const,
          KMSMasterKeyID: 'key-2',
        },
        BucketKeyEnabled: true,
      },
    ];
    await client.send(
      new PutBucketEncryptionCommand({
        Bucket: 'encrypted',
        ServerSideEncryptionConfiguration: { Rules },
      }),
    );
    const expected = {
      ServerSideEncryption: 'aws:kms',
      SSEKMSKeyId: 'key-2',
      BucketKeyEnabled: true,
    };
    expect(await client.send(new PutObjectCommand({ ...encrypted, Body: 'x' }))).toMatchObject(
      expected,
    );
    expect(await client.send(new CreateMultipartUploadCommand(encrypted))).toMatchObject(expected);
    const asked = { ...encrypted, Body: 'x', ServerSideEncryption: 'AES256' as const };
    const own = await client.send(new PutObjectCommand(asked));
    expect(own).toMatchObject({ ServerSideEncryption: 'AES256' });
    expect(own.SSEKMSKeyId).toBeUndefined();
    const CopySource = `${Bucket}/plain`;
    expect(await client.send(new CopyObjectCommand({ ...encrypted, CopySource }))).toMatchObject(
      expected,
    );
  });

  it.each([
    ['<Rule/>', 'MalformedXML'],
    ['<Rule><ApplyServerSideEncryptionByDefault/></Rule>', 'MalformedXML'],
    [
      '<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>ROT13</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>',
      'MalformedXML',
    ],
    [
      '<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm><KMSMasterKeyID>k</KMSMasterKeyID></ApplyServerSideEncryptionByDefault></Rule>',
      'InvalidArgument',
    ],
  ])('can’t be made the default by %s', async (rule, code) => {
    const body = `<ServerSideEncryptionConfiguration>${rule}</ServerSideEncryptionConfiguration>`;
    const request = { method: 'PUT', path: '/photos', query: { encryption: '' }, body };
    expect(await send(server, request)).toMatchObject({ status: 400, code });
  });

  it.each<[string, Record<string, string>]>([
    ['of an unknown kind', { 'x-amz-server-side-encryption': 'ROT13' }],
    [
      'with a key of the key server that is not asked for',
      {
        'x-amz-server-side-encryption-aws-kms-key-id': 'k',
      },
    ],
    [
      'with two keys',
      {
        'x-amz-server-side-encryption': 'AES256',
        'x-amz-server-side-encryption-customer-algorithm': 'AES256',
        'x-amz-server-side-encryption-customer-key': KEY.toString('base64'),
        'x-amz-server-side-encryption-customer-key-md5': md5(KEY),
      },
    ],
  ])('%s is refused', async (_, headers) => {
    const request = { method: 'PUT', path: '/photos/refused', body: 'x', headers };
    expect(await send(server, request)).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });

  it('is nothing to ask a GET for, nor a part', async () => {
    const headers = { 'x-amz-server-side-encryption': 'AES256' };
    expect(await send(server, { path: '/photos/plain', headers })).toMatchObject({
      status: 400,
      code: 'InvalidArgument',
    });
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key: 'part' }),
    );
    const query = { uploadId: UploadId ?? '', partNumber: '1' };
    const part = { method: 'PUT', path: '/photos/part', query, body: 'x', headers };
    expect(await send(server, part)).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });
});

describe('encryption with the customer’s key', () => {
  const told = { SSECustomerAlgorithm: 'AES256', SSECustomerKeyMD5: md5(KEY) };

  it('serves the object to who has the key', async () => {
    const written = await put('secret', customer(KEY));
    expect(written).toMatchObject(told);
    expect(written.ServerSideEncryption).toBeUndefined();
    expect(written.ETag).not.toBe(MD5);
    const got = await get('secret', customer(KEY));
    expect(await got.Body?.transformToString()).toBe('content');
    expect(got).toMatchObject(told);
    expect(await head('secret', customer(KEY))).toMatchObject({ ...told, ContentLength: 7 });
  });

  it('serves it to nobody else', async () => {
    await put('secret', customer(KEY));
    await expect(get('secret')).rejects.toMatchObject(failure('InvalidRequest', 400));
    await expect(get('secret', customer(OTHER_KEY))).rejects.toMatchObject(
      failure('AccessDenied', 403),
    );
    const status = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } });
    await expect(head('secret')).rejects.toMatchObject(status(400));
    await expect(head('secret', customer(OTHER_KEY))).rejects.toMatchObject(status(403));
    const attributes = {
      path: '/photos/secret',
      query: { attributes: '' },
      headers: { 'x-amz-object-attributes': 'ETag' },
    };
    expect(await send(server, attributes)).toMatchObject({ code: 'InvalidRequest' });
  });

  it('has no place where the object is not so encrypted', async () => {
    await put('plain');
    await expect(get('plain', customer(KEY))).rejects.toMatchObject(failure('InvalidRequest', 400));
  });

  const ALGORITHM = 'x-amz-server-side-encryption-customer-algorithm';
  const VALUE = 'x-amz-server-side-encryption-customer-key';
  const DIGEST = 'x-amz-server-side-encryption-customer-key-md5';
  const right = { [ALGORITHM]: 'AES256', [VALUE]: KEY.toString('base64'), [DIGEST]: md5(KEY) };
  const short = Buffer.alloc(16);

  it.each<[string, Record<string, string | undefined>, string]>([
    ['without an algorithm', { [ALGORITHM]: undefined }, 'InvalidArgument'],
    ['of an unknown algorithm', { [ALGORITHM]: 'ROT13' }, 'InvalidEncryptionAlgorithmError'],
    ['without a key', { [VALUE]: undefined }, 'InvalidArgument'],
    ['of 16 bytes', { [VALUE]: short.toString('base64'), [DIGEST]: md5(short) }, 'InvalidArgument'],
    ['that is no base64', { [VALUE]: `${KEY.toString('base64')}!` }, 'InvalidArgument'],
    ['without its MD5', { [DIGEST]: undefined }, 'InvalidArgument'],
    ['with another’s MD5', { [DIGEST]: md5(OTHER_KEY) }, 'InvalidArgument'],
  ])('%s is refused', async (_, change, code) => {
    const headers = Object.fromEntries(
      Object.entries({ ...right, ...change }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    );
    const requests: RawRequest[] = [
      { method: 'PUT', path: '/photos/refused', body: 'x', headers },
      { path: '/photos/secret', headers },
      { method: 'POST', path: '/photos/refused', query: { uploads: '' }, headers },
    ];
    for (const request of requests) {
      expect(await send(server, request)).toMatchObject({ status: 400, code });
    }
  });

  it('is refused by a bucket that blocks it, as new ones at Amazon do', async () => {
    const blocked = { Bucket: 'blocked', Key: 'k' };
    await client.send(new CreateBucketCommand({ Bucket: 'blocked' }));
    const body =
      '<ServerSideEncryptionConfiguration><Rule><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>';
    const query = { encryption: '' };
    const request = { method: 'PUT', path: '/blocked', query, body };
    expect(await send(server, request)).toMatchObject({ status: 200 });
    const command = new PutObjectCommand({ ...blocked, Body: 'x', ...customer(KEY) });
    await expect(client.send(command)).rejects.toMatchObject(failure('AccessDenied', 403));
    expect(await client.send(new PutObjectCommand({ ...blocked, Body: 'x' }))).toMatchObject({
      ServerSideEncryption: 'AES256',
    });
  });

  it('goes for all parts of an upload', async () => {
    const named = { Bucket, Key: 'parts' };
    const { UploadId, ...begun } = await client.send(
      new CreateMultipartUploadCommand({ ...named, ...customer(KEY) }),
    );
    expect(begun).toMatchObject(told);
    const part = (more: object) =>
      client.send(
        new UploadPartCommand({ ...named, UploadId, PartNumber: 1, Body: 'part', ...more }),
      );
    await expect(part({})).rejects.toMatchObject(failure('InvalidRequest', 400));
    await expect(part(customer(OTHER_KEY))).rejects.toMatchObject(failure('InvalidRequest', 400));
    const { ETag, ...uploaded } = await part(customer(KEY));
    expect(uploaded).toMatchObject(told);
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...named, UploadId, MultipartUpload }));
    await expect(get('parts')).rejects.toMatchObject(failure('InvalidRequest', 400));
    expect(await (await get('parts', customer(KEY))).Body?.transformToString()).toBe('part');
  });

  it('has to be told to a copy, of the source and of the object', async () => {
    await put('secret', customer(KEY));
    const copy = (more: object) =>
      client.send(
        new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/secret`, ...more }),
      );
    await expect(copy({})).rejects.toMatchObject(failure('InvalidRequest', 400));
    await expect(copy(copySource(OTHER_KEY))).rejects.toMatchObject(failure('AccessDenied', 403));
    await copy(copySource(KEY));
    expect(await head('copy')).toMatchObject({ ServerSideEncryption: 'AES256', ETag: MD5 });
    await copy({ ...copySource(KEY), ...customer(OTHER_KEY) });
    expect(await head('copy', customer(OTHER_KEY))).toMatchObject({ ContentLength: 7 });
  });

  it('has to be told to a part that is copied', async () => {
    await put('secret', customer(KEY));
    const named = { Bucket, Key: 'copied-part' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(named));
    const CopySource = `${Bucket}/secret`;
    const copy = (more: object) =>
      client.send(
        new UploadPartCopyCommand({ ...named, UploadId, PartNumber: 1, CopySource, ...more }),
      );
    await expect(copy({})).rejects.toMatchObject(failure('InvalidRequest', 400));
    await copy(copySource(KEY));
  });

  it('changes when the object is copied onto itself', async () => {
    await put('turned', customer(KEY));
    const onto = { Bucket, Key: 'turned', CopySource: `${Bucket}/turned` };
    const command = new CopyObjectCommand({
      ...onto,
      ...copySource(KEY),
      ...customer(OTHER_KEY),
    });
    await client.send(command);
    await expect(head('turned', customer(KEY))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('leaves no trace of the key on disk, nor in the log', async () => {
    await put('secret', customer(KEY));
    const named = { Bucket, Key: 'open', ...customer(KEY) };
    await client.send(new CreateMultipartUploadCommand(named));
    const traces = [KEY.toString('base64'), KEY.toString('hex'), KEY.toString('latin1')];
    let files = 0;
    for (const entry of await readdir(dataDirectory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      files += 1;
      const text = await readFile(join(entry.parentPath, entry.name), 'latin1');
      for (const trace of traces) expect(text).not.toContain(trace);
    }
    expect(files).toBeGreaterThan(3);
    const log = JSON.stringify(server.requests.last());
    for (const trace of traces) expect(log).not.toContain(trace);
  });
});
