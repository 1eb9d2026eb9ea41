import { createHash } from 'node:crypto';
import {
  ChecksumAlgorithm,
  CopyObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CHECKSUM_ALGORITHMS,
  checksumOfParts,
  startChecksum,
} from '../../src/s3-server/checksum.js';
import { clientOf } from './client.js';
import { useServer } from './running-server.js';
import { send } from './signed-request.js';

const running = useServer();

type Algorithm = (typeof CHECKSUM_ALGORITHMS)[number];

function digest(algorithm: Algorithm, ...chunks: Uint8Array[]): string {
  const checksum = startChecksum(algorithm);
  for (const chunk of chunks) checksum.update(chunk);
  return checksum.digest().toString('base64');
}

describe('a checksum', () => {
  it.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
  ] as const)('%s of "123456789" is the value in the catalogue of CRCs', (algorithm, value) => {
    const base64 = Buffer.from(value, 'hex').toString('base64');
    expect(digest(algorithm, Buffer.from('123456789'))).toBe(base64);
  });

  it('does not depend on how the content is cut up', () => {
    const content = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.constantFrom(...CHECKSUM_ALGORITHMS), content, (algorithm, chunks) => {
        expect(digest(algorithm, ...chunks)).toBe(digest(algorithm, Buffer.concat(chunks)));
      }),
    );
  });

  it('of a whole object follows from those of its parts', () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 });
    const algorithms = fc.constantFrom('CRC32', 'CRC32C', 'CRC64NVME');
    fc.assert(
      fc.property(algorithms, parts, (algorithm, chunks) => {
        const pieces = chunks.map((chunk) => ({
          checksum: digest(algorithm, chunk),
          size: chunk.length,
        }));
        const { value } = checksumOfParts(algorithm, 'FULL_OBJECT', pieces);
        expect(value).toBe(digest(algorithm, Buffer.concat(chunks)));
      }),
    );
  });
});

describe.each(CHECKSUM_ALGORITHMS)('x-amz-checksum-* of %s', (algorithm) => {
  const header = `x-amz-checksum-${algorithm.toLowerCase()}`;
  const body = Buffer.from('the body');

  it('is verified, kept and given back', async () => {
    const path = `/photos/${algorithm}`;
    const headers = { [header]: digest(algorithm, body) };
    const put = await send(running.server, { method: 'PUT', path, body, headers });
    expect(put.status).toBe(200);
    expect(put.headers[header]).toBe(digest(algorithm, body));
    const head = await send(running.server, {
      method: 'HEAD',
      path,
      headers: { 'x-amz-checksum-mode': 'ENABLED' },
    });
    expect(head.headers[header]).toBe(digest(algorithm, body));
    expect(head.headers['x-amz-checksum-type']).toBe('FULL_OBJECT');
  });

  it('that is wrong is refused, and the old object stays', async () => {
    const path = `/photos/wrong-${algorithm}`;
    await send(running.server, { method: 'PUT', path, body: 'old' });
    const headers = { [header]: digest(algorithm, Buffer.from('another body')) };
    const put = await send(running.server, { method: 'PUT', path, body, headers });
    expect(put).toMatchObject({ status: 400, code: 'BadDigest' });
    expect((await send(running.server, { path })).body).toBe('old');
  });

  it('of a wrong length is refused', async () => {
    const headers = { [header]: Buffer.alloc(5).toString('base64') };
    const put = await send(running.server, { method: 'PUT', path: '/photos/x', body, headers });
    expect(put).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });
});

describe('Content-MD5', () => {
  const md5 = (text: string) => createHash('md5').update(text).digest('base64');

  it('that is wrong is refused, and the old object stays', async () => {
    const path = '/photos/md5';
    const put = (body: string, of: string) =>
      send(running.server, { method: 'PUT', path, body, headers: { 'content-md5': md5(of) } });
    expect((await put('old', 'old')).status).toBe(200);
    expect(await put('new', 'other')).toMatchObject({ status: 400, code: 'BadDigest' });
    expect((await send(running.server, { path })).body).toBe('old');
  });

  it('that is no MD5 is refused', async () => {
    const headers = { 'content-md5': 'AAAA' };
    const put = await send(running.server, {
      method: 'PUT',
      path: '/photos/md5',
      body: 'x',
      headers,
    });
    expect(put).toMatchObject({ status: 400, code: 'InvalidDigest' });
  });
});

describe('checksum headers', () => {
  it('of two algorithms are refused', async () => {
    const body = Buffer.from('x');
    const headers = {
      'x-amz-checksum-crc32': digest('CRC32', body),
      'x-amz-checksum-sha1': digest('SHA1', body),
    };
    const put = await send(running.server, { method: 'PUT', path: '/photos/two', body, headers });
    expect(put).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });

  it('announced in x-amz-sdk-checksum-algorithm have to come', async () => {
    const headers = { 'x-amz-sdk-checksum-algorithm': 'CRC32' };
    const put = await send(running.server, {
      method: 'PUT',
      path: '/photos/none',
      body: 'x',
      headers,
    });
    expect(put).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });

  it('come with the whole object only, and only if asked for', async () => {
    const path = '/photos/asked';
    await send(running.server, { method: 'PUT', path, body: '0123456789' });
    const get = (headers: Readonly<Record<string, string>>) =>
      send(running.server, { path, headers });
    const asked = { 'x-amz-checksum-mode': 'ENABLED' };
    const header = 'x-amz-checksum-crc64nvme';
    expect((await get(asked)).headers[header]).toBeDefined();
    expect((await get({})).headers[header]).toBeUndefined();
    expect((await get({ ...asked, range: 'bytes=0-1' })).headers[header]).toBeUndefined();
  });
});

describe('the SDK', () => {
  it.each(
    Object.values(ChecksumAlgorithm).filter((name) =>
      (CHECKSUM_ALGORITHMS as readonly string[]).includes(name),
    ),
  )('finds its %s right on the way back', async (algorithm) => {
    const Key = `sdk-${algorithm}`;
    const put = { Bucket: 'photos', Key, Body: 'hello', ChecksumAlgorithm: algorithm };
    await running.client.send(new PutObjectCommand(put));
    const got = await running.client.send(
      new GetObjectCommand({ Bucket: 'photos', Key, ChecksumMode: 'ENABLED' }),
    );
    expect(await got.Body?.transformToString()).toBe('hello');
    const { Checksum } = await running.client.send(
      new GetObjectAttributesCommand({
        Bucket: 'photos',
        Key,
        ObjectAttributes: ['Checksum', 'ETag', 'ObjectSize'],
      }),
    );
    const value = digest(algorithm as Algorithm, Buffer.from('hello'));
    expect(Checksum).toMatchObject({
      [`Checksum${algorithm}`]: value,
      ChecksumType: 'FULL_OBJECT',
    });
  });

  it('that sends none gets a CRC64NVME', async () => {
    const plain = clientOf(running.server, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    await plain.send(new PutObjectCommand({ Bucket: 'photos', Key: 'plain', Body: 'hello' }));
    const head = await plain.send(
      new HeadObjectCommand({ Bucket: 'photos', Key: 'plain', ChecksumMode: 'ENABLED' }),
    );
    expect(head.ChecksumCRC64NVME).toBe(digest('CRC64NVME', Buffer.from('hello')));
  });

  it('copies with another algorithm', async () => {
    await running.client.send(
      new PutObjectCommand({ Bucket: 'photos', Key: 'source', Body: 'hello' }),
    );
    const copied = await running.client.send(
      new CopyObjectCommand({
        Bucket: 'photos',
        Key: 'copied',
        CopySource: 'photos/source',
        ChecksumAlgorithm: 'SHA256',
      }),
    );
    const value = digest('SHA256', Buffer.from('hello'));
    expect(copied.CopyObjectResult?.ChecksumSHA256).toBe(value);
  });
});
