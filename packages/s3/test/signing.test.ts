import { createHash } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import type { MultipartTicketOptions, UploadTicketOptions } from '@org/storage-core';
import type { S3StorageOptions } from '@org/storage-s3';
import { S3StorageProvider } from '@org/storage-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fittedPartSize, MAX_OBJECT_SIZE } from '../src/part-size.js';
import { partsOf } from '../src/tickets-multipart.js';
import { MIB, someKey, useServer } from './store.js';
import { multipartTicket, post, postTicket, put, putTicket } from './tickets.js';

const tests = useServer();
const SECRET = 'a secret that nobody sees';

/** A provider over no server: signing asks none. */
function nowhere(options: Partial<S3StorageOptions> = {}): S3StorageProvider {
  const storage = new S3StorageProvider({
    bucket: 'bucket',
    region: 'eu-central-1',
    credentials: { accessKeyId: 'id', secretAccessKey: SECRET },
    ...options,
  });
  onTestFinished(() => storage.close());
  return storage;
}

const sha256 = 'ab'.repeat(32);

describe('the URL of a ticket', () => {
  it('is signed with every header that goes with it, and nothing that was not asked for', async () => {
    const { url, headers } = await putTicket(nowhere(), 'a/ü.txt', {
      contentType: 'text/plain',
      cacheControl: 'no-store',
      contentDisposition: 'inline',
      metadata: { author: 'Zoë' },
      tags: { 'a b': 'c' },
      contentLength: 5,
      checksums: { sha256, crc32: '00000001' },
      condition: { type: 'absent' },
    });
    expect(headers).toEqual({
      'content-type': 'text/plain',
      'cache-control': 'no-store',
      'content-disposition': 'inline',
      'content-length': '5',
      'if-none-match': '*',
      'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
      'x-amz-sdk-checksum-algorithm': 'SHA256',
      'x-amz-meta-author': `UTF-8''Zo%C3%AB`,
      'x-amz-meta-storage-sha256': sha256,
      'x-amz-tagging': 'a%20b=c',
    });
    const { origin, pathname, searchParams } = new URL(url);
    expect(origin + pathname).toBe('https://bucket.s3.eu-central-1.amazonaws.com/a/%C3%BC.txt');
    expect(searchParams.get('X-Amz-SignedHeaders')?.split(';')).toEqual(
      [...Object.keys(headers), 'host'].sort(),
    );
    expect([...searchParams.keys()].sort()).toEqual([
      'X-Amz-Algorithm',
      'X-Amz-Content-Sha256',
      'X-Amz-Credential',
      'X-Amz-Date',
      'X-Amz-Expires',
      'X-Amz-Signature',
      'X-Amz-SignedHeaders',
      'x-id',
    ]);
  });

  it('holds no checksum of an empty body, even of a client that sends checksums by itself', async () => {
    const client = new S3Client({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'id', secretAccessKey: SECRET },
      requestChecksumCalculation: 'WHEN_SUPPORTED',
    });
    onTestFinished(() => client.destroy());
    const storage = nowhere({ client });
    const parts = await multipartTicket(storage, 'a', { contentLength: 1, uploadId: 'id' });
    const urls = [(await putTicket(storage, 'a')).url, ...parts.parts.map(({ url }) => url)];
    expect(urls).toHaveLength(2);
    for (const url of urls) expect(url).not.toMatch(/checksum|AAAAAA/i);
  });

  it('and all else of a ticket hold no secret', async () => {
    const storage = nowhere();
    const told = [
      await storage.createDownloadUrl('a'),
      await putTicket(storage, 'a'),
      await postTicket(storage, 'a'),
    ];
    expect(JSON.stringify(told)).not.toContain(SECRET);
  });

  it('goes to the public endpoint, as the client addresses buckets', async () => {
    const endpoint = 'http://minio:9000';
    const publicEndpoint = 'https://files.example.com';
    const path = nowhere({ endpoint, publicEndpoint });
    const host = nowhere({ endpoint, publicEndpoint, forcePathStyle: false });
    const pathname = (url: string) => url.replace(/\?.*/, '');
    expect(pathname((await putTicket(path, 'a')).url)).toBe(`${publicEndpoint}/bucket/a`);
    expect(pathname((await path.createDownloadUrl('a')).url)).toBe(`${publicEndpoint}/bucket/a`);
    expect((await postTicket(path, 'a')).url).toBe(`${publicEndpoint}/bucket`);
    expect(pathname((await putTicket(host, 'a')).url)).toBe('https://bucket.files.example.com/a');
    expect(() => nowhere({ publicEndpoint: 'files.example.com' })).toThrow(/publicEndpoint/);
  });

  it('of the public endpoint is good for the server behind it', async () => {
    const { endpoint } = tests.server;
    const publicEndpoint = endpoint.replace('127.0.0.1', 'localhost');
    const storage = tests.storage({ publicEndpoint });
    const key = someKey();
    const ticket = await putTicket(storage, key);
    expect(new URL(ticket.url).hostname).toBe('localhost');
    const local = { ...ticket, url: ticket.url.replace('localhost', '127.0.0.1') };
    expect((await put(local, 'x', { host: new URL(publicEndpoint).host })).status).toBe(403); // the host is signed
    expect((await put(ticket, 'x')).status).toBe(200);
    expect((await post(await postTicket(storage, key), 'x')).status).toBe(204);
  });
});

it.each(['generic', 'ceph'] as const)(
  'the signature itself covers the SHA-256 of the content, where the server %s may not look at checksums',
  async (server) => {
    const { endpoint } = tests.server;
    const storage = tests.storage({ server, endpoint });
    const content = 'Hello';
    const digest = createHash('sha256').update(content).digest('hex');
    const key = someKey();
    const ticket = await putTicket(storage, key, { checksums: { sha256: digest } });
    expect(Object.keys(ticket.headers)).not.toContainEqual(expect.stringContaining('checksum'));
    expect((await put(ticket, 'HELLO')).status).toBe(400);
    expect((await put(ticket, 'HELLO', { 'x-amz-content-sha256': undefined })).status).toBe(403);
    expect((await put(ticket, content)).status).toBe(200);
    expect((await storage.stat(key)).checksums.sha256).toBe(digest);
  },
);

describe('the settings of the provider', () => {
  it('go with a ticket', async () => {
    const kms = { type: 'sse-kms', keyId: 'key', bucketKey: true } as const;
    const storage = nowhere({ encryption: kms, storageClass: 'STANDARD_IA' });
    const bound = {
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-server-side-encryption': 'aws:kms',
      'x-amz-server-side-encryption-aws-kms-key-id': 'key',
      'x-amz-server-side-encryption-bucket-key-enabled': 'true',
    };
    expect((await putTicket(storage, 'a')).headers).toMatchObject(bound);
    expect((await postTicket(storage, 'a')).fields).toMatchObject(bound);

    const open = nowhere({ encryption: { type: 'sse-s3' }, acl: 'public-read' });
    const put = await putTicket(open, 'a');
    expect(put.headers).toMatchObject({
      'x-amz-server-side-encryption': 'AES256',
      'x-amz-acl': 'public-read',
    });
    expect(new URL(put.url).searchParams.get('X-Amz-SignedHeaders')).toContain('x-amz-acl');
    expect((await postTicket(open, 'a')).fields).toMatchObject({ acl: 'public-read' });
  });

  it('forbid them where others would need the key', async () => {
    const storage = nowhere({ encryption: { type: 'sse-c', key: Buffer.alloc(32, 1) } });
    const refused = { code: 'Unsupported' };
    await expect(storage.createDownloadUrl('a')).rejects.toMatchObject(refused);
    await expect(storage.createUploadTicket('a')).rejects.toMatchObject(refused);
  });
});

describe('signing', () => {
  it('takes no request, but for the one that begins a multipart upload', async () => {
    const storage = tests.storage();
    const { requests } = tests.server;
    const key = someKey();
    await storage.createDownloadUrl(key);
    await putTicket(storage, key, { condition: { type: 'absent' } });
    await postTicket(storage, key);
    expect(requests.count()).toBe(0);
    const { uploadId } = await multipartTicket(storage, key, { contentLength: 11 * MIB });
    expect(requests.counts()).toEqual({ CreateMultipartUpload: 1 });
    await multipartTicket(storage, key, { contentLength: 11 * MIB, uploadId });
    expect(requests.count()).toBe(1);
    await storage.multipart.abort(key, uploadId);
  });

  it('is good for a quarter of an hour, or for as long as was asked', async () => {
    const storage = nowhere();
    const earliest = Math.floor(Date.now() / 1000);
    const [short, long] = [
      await storage.createDownloadUrl('a'),
      await putTicket(storage, 'a', { expiresIn: 604_800 }),
    ];
    const latest = Math.floor(Date.now() / 1000);
    for (const [ticket, seconds] of [
      [short, 900],
      [long, 604_800],
    ] as const) {
      expect(new URL(ticket.url).searchParams.get('X-Amz-Expires')).toBe(String(seconds));
      const expiry = ticket.expiresAt.getTime() / 1000 - seconds;
      expect(expiry).toBeGreaterThanOrEqual(earliest);
      expect(expiry).toBeLessThanOrEqual(latest);
    }
  });

  it('ends with the credentials that sign', async () => {
    const expiration = new Date(Math.floor(Date.now() / 1000) * 1000 + 600_000);
    const temporary = { accessKeyId: 'id', secretAccessKey: SECRET, sessionToken: 'token' };
    const storage = nowhere({ credentials: async () => ({ ...temporary, expiration }) });
    const ticket = await putTicket(storage, 'a', { expiresIn: 3600 });
    expect(ticket.expiresAt).toEqual(expiration);
    const { searchParams } = new URL(ticket.url);
    expect(Number(searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(600);
    expect(searchParams.get('X-Amz-Security-Token')).toBe('token');
    const form = await postTicket(storage, 'a', { size: { max: 1 }, expiresIn: 3600 });
    expect(form.expiresAt).toEqual(expiration);
    expect(form.fields).toMatchObject({ 'X-Amz-Security-Token': 'token' });

    const past = new Date(Date.now() - 1000);
    const expired = nowhere({ credentials: async () => ({ ...temporary, expiration: past }) });
    await expect(expired.createDownloadUrl('a')).rejects.toMatchObject({ code: 'AccessDenied' });
  });

  it('a policy binds every field, the exact key and the range of sizes', async () => {
    const size = { min: 3, max: 5 };
    const ticket = await postTicket(nowhere(), 'a b.txt', {
      size,
      tags: { 'a b': 'c+d' },
      cacheControl: 'no-store',
      metadata: { author: 'Zoë' },
      checksums: { sha256 },
    });
    const { Policy, 'X-Amz-Signature': _, ...bound } = ticket.fields;
    const policy: unknown = JSON.parse(Buffer.from(Policy ?? '', 'base64').toString());
    const fields = Object.entries(bound).map(([name, value]) => ({ [name]: value }));
    expect(policy).toEqual({
      expiration: expect.any(String),
      conditions: expect.arrayContaining([...fields, ['content-length-range', 3, 5]]),
    });
    expect(policy).toHaveProperty('conditions.length', fields.length + 1);
    expect(bound).toMatchObject({
      key: 'a b.txt',
      bucket: 'bucket',
      'Content-Type': 'text/plain',
      'Cache-Control': 'no-store',
      'x-amz-meta-author': `UTF-8''Zo%C3%AB`,
      'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
      tagging: '<Tagging><TagSet><Tag><Key>a b</Key><Value>c+d</Value></Tag></TagSet></Tagging>',
    });
  });
});

describe('a ticket of type multipart', () => {
  const ticket = (options: Omit<MultipartTicketOptions, 'type'>) =>
    multipartTicket(nowhere(), 'a', { uploadId: 'id', ...options });

  it.each([
    [0, 1, [0]],
    [1, 1, [1]],
    [8 * MIB, 1, [8 * MIB]],
    [8 * MIB + 1, 2, [8 * MIB, 1]],
  ])('of %i bytes has %i parts', async (contentLength, count, sizes) => {
    const { parts } = await ticket({ contentLength });
    expect(parts.map(({ size }) => size)).toEqual(sizes);
    expect(parts.map(({ number }) => number)).toEqual(sizes.map((_, index) => index + 1));
    expect(parts.map(({ headers }) => headers['content-length'])).toEqual(sizes.map(String));
    expect(parts).toHaveLength(count);
  });

  it('has larger parts where there would be more than 10,000', () => {
    const size = 50_000 * MIB + 1;
    const parts = [...partsOf(size, fittedPartSize(size, 5 * MIB))];
    expect(parts).toHaveLength(8334);
    expect(parts.at(-1)).toEqual({ number: 8334, start: 8333 * 6 * MIB, size: 2 * MIB + 1 });
  });

  it.each<[string, Omit<MultipartTicketOptions, 'type'>]>([
    ['InvalidArgument', { contentLength: 1, partSize: 5 * MIB - 1 }],
    ['InvalidArgument', { contentLength: 1, partSize: 5 * 1024 * MIB + 1 }],
    ['TooLarge', { contentLength: MAX_OBJECT_SIZE + 1 }],
  ])('refuses with %s what S3 can’t hold', async (code, options) => {
    await expect(ticket(options)).rejects.toMatchObject({ code });
  });

  it('that is given up leaves no upload', async () => {
    const storage = tests.storage();
    const { signal, abort } = abortable();
    const { requests } = tests.server;
    const begun = multipartTicket(storage, someKey(), { contentLength: 5000 * MIB, signal });
    await expect.poll(() => requests.count('CreateMultipartUpload')).toBe(1);
    abort();
    await expect(begun).rejects.toMatchObject({ code: 'Aborted' });
    expect(requests.count('AbortMultipartUpload')).toBe(1);
  });
});

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

describe('what a server can’t hold an upload to', () => {
  const size = { max: 1 };
  it.each<[Partial<S3StorageOptions>, UploadTicketOptions]>([
    [{ server: 'generic' }, { checksums: { crc32: '00000001' } }],
    [{ server: 'ceph' }, { checksums: { crc32: '00000001' } }],
    [{ server: 'generic' }, { condition: { type: 'absent' } }],
    [{ server: 'generic' }, { type: 'post', size, tags: { a: 'b' } }],
    [{ server: 'r2' }, { tags: { a: 'b' } }],
    [{ server: 'r2' }, { type: 'post', size }],
    [{ server: 'ceph' }, { type: 'post', size, cacheControl: 'no-store' }],
    [{ server: 'ceph' }, { type: 'post', size, contentDisposition: 'inline' }],
    [{ server: 'ceph' }, { type: 'post', size, checksums: { sha256 } }],
    [{ server: 'minio' }, { type: 'post', size, checksums: { sha256 } }],
  ])('is refused: %j %j', async (options, ticket) => {
    await expect(nowhere(options).createUploadTicket('a', ticket)).rejects.toMatchObject({
      code: 'Unsupported',
      operation: 'createUploadTicket',
    });
  });

  it.each(['a/\x24{filename}', '\x24{filename}/a', 'a\rb', 'a\nb'])(
    'is the key %j, in a form',
    async (key) => {
      await expect(postTicket(nowhere(), key)).rejects.toMatchObject({ code: 'Unsupported' });
    },
  );

  it('is a metadata value in a form that S3 would replace', async () => {
    const metadata = { name: 'my \x24{filename}' };
    const options = { size, metadata };
    await expect(postTicket(nowhere(), 'a', options)).rejects.toMatchObject({
      code: 'Unsupported',
    });
  });

  it('is one request of more than 5 GiB', async () => {
    const options = { contentLength: 5 * 1024 ** 3 + 1 };
    await expect(putTicket(nowhere(), 'a', options)).rejects.toMatchObject({ code: 'TooLarge' });
  });
});

it('arguments are checked first', async () => {
  const storage = nowhere();
  await expect(storage.createDownloadUrl('/a')).rejects.toMatchObject({ code: 'InvalidKey' });
  await expect(storage.createUploadTicket('a//b')).rejects.toMatchObject({ code: 'InvalidKey' });
  for (const options of [{ expiresIn: 0 }, { expiresIn: 604_801 }, { contentType: 'ä' }]) {
    const refused = { code: 'InvalidArgument' };
    await expect(storage.createDownloadUrl('a', options)).rejects.toMatchObject(refused);
    await expect(storage.createUploadTicket('a', options)).rejects.toMatchObject(refused);
  }
  const unknown = { expiresin: 60 } as object;
  await expect(storage.createDownloadUrl('a', unknown)).rejects.toThrow(/expiresin/);
  await storage.close();
  await expect(storage.createDownloadUrl('a')).rejects.toMatchObject({ code: 'Unavailable' });
});
