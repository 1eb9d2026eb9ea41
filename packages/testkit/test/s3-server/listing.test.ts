import {
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../src/s3-server/index.js';
import { compareKeys, OrderedKeys } from '../../src/s3-server/ordered-keys.js';
import { clientOf, failure } from './client.js';

const byBytes = (left: string, right: string) =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));
const anyKey = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('a', '/', '\u{e000}', '\u{ffff}', '😀', 'é'),
    minLength: 1,
    maxLength: 6,
  }),
);

describe('the order of keys', () => {
  it('is that of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (left, right) => {
        expect(Math.sign(compareKeys(left, right))).toBe(byBytes(left, right));
      }),
    );
  });

  it('holds whatever was written and deleted before', () => {
    const action = fc.record({ key: anyKey, write: fc.boolean(), look: fc.boolean() });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const keys = new OrderedKeys<string>();
        const model = new Set<string>();
        for (const { key, write, look } of actions) {
          if (write) keys.set(key, key);
          else keys.delete(key);
          if (write) model.add(key);
          else model.delete(key);
          if (look) keys.first('');
        }
        const walked: string[] = [];
        for (let key = keys.first(''); key !== undefined; key = keys.next(key)) walked.push(key);
        expect(walked).toEqual([...model].sort(byBytes));
        expect(keys.size).toBe(model.size);
      }),
    );
  });
});

let server: S3Server;
let client: S3Client;

const KEYS = ['a', 'a/1', 'a/2', 'a/b/1', 'b 1', 'b+1', 'b%1', 'ü', '\u{ffee}', '😀', 'z/', 'z//x'];

beforeAll(async () => {
  server = await startS3Server({ buckets: ['photos', 'empty', 'control'] });
  client = clientOf(server);
  for (const Key of KEYS) {
    await client.send(new PutObjectCommand({ Bucket: 'photos', Key, Body: Key }));
  }
});
afterAll(() => server.close());

const list = (options = {}) =>
  client.send(new ListObjectsV2Command({ Bucket: 'photos', ...options }));

async function pages(options: Record<string, unknown>) {
  const seen: string[] = [];
  let page = await list(options);
  for (;;) {
    expect(page.KeyCount).toBeLessThanOrEqual(Number(options['MaxKeys']));
    const entries = [
      ...(page.Contents ?? []).map(({ Key }) => Key ?? ''),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''),
    ];
    seen.push(...entries.sort(byBytes));
    if (!page.IsTruncated) return seen;
    page = await list({ ...options, ContinuationToken: page.NextContinuationToken });
  }
}

/** What a listing has to hold, from the definition. */
function expected(prefix: string, delimiter: string): string[] {
  const entries = KEYS.filter((key) => key.startsWith(prefix)).map((key) => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return end < 0 ? key : key.slice(0, end + delimiter.length);
  });
  return [...new Set(entries)].sort(byBytes);
}

describe('ListObjectsV2', () => {
  it('tells what it tells about each object', async () => {
    const { Contents, KeyCount } = await list({ Prefix: 'a/b', FetchOwner: true });
    expect(KeyCount).toBe(1);
    expect(Contents?.[0]).toMatchObject({
      Key: 'a/b/1',
      Size: 5,
      StorageClass: 'STANDARD',
      ChecksumAlgorithm: ['CRC32'],
      ChecksumType: 'FULL_OBJECT',
    });
    expect(Contents?.[0]?.Owner?.ID).toMatch(/^[0-9a-f]{64}$/);
    expect((await list({ Prefix: 'a/b' })).Contents?.[0]?.Owner).toBeUndefined();
  });

  it.each([
    ['', ''],
    ['', '/'],
    ['a', '/'],
    ['a/', '/'],
    ['z/', '/'],
    ['b', '1'],
    ['missing', '/'],
    ['', 'b/'],
  ])(
    'with prefix "%s" and delimiter "%s" is the same by pages of any size',
    async (prefix, delimiter) => {
      const all = expected(prefix, delimiter);
      for (const MaxKeys of [1, 2, 3, 1000]) {
        expect(await pages({ Prefix: prefix, Delimiter: delimiter, MaxKeys })).toEqual(all);
      }
    },
  );

  it('starts after any string', async () => {
    for (const StartAfter of ['a', 'a/1', 'a/1x', 'b', 'zzz', '😀']) {
      const { Contents } = await list({ StartAfter });
      expect(Contents?.map(({ Key }) => Key) ?? []).toEqual(
        KEYS.filter((key) => byBytes(key, StartAfter) > 0).sort(byBytes),
      );
    }
  });

  it('of no keys asks for no next page', async () => {
    expect(await list({ MaxKeys: 0 })).toMatchObject({ IsTruncated: false, KeyCount: 0 });
    const none = await client.send(new ListObjectsV2Command({ Bucket: 'empty' }));
    expect(none).toMatchObject({ IsTruncated: false, KeyCount: 0 });
    expect(none.Contents).toBeUndefined();
  });

  it('refuses a token that it did not give', async () => {
    await expect(list({ ContinuationToken: 'made up' })).rejects.toMatchObject(
      failure('InvalidArgument', 400),
    );
  });

  it('encodes keys if asked, also those that XML can’t hold', async () => {
    const Key = 'line\r\nbreak\u0001 +%/é';
    await client.send(new PutObjectCommand({ Bucket: 'control', Key, Body: '' }));
    const { Contents, EncodingType } = await client.send(
      new ListObjectsV2Command({ Bucket: 'control', EncodingType: 'url' }),
    );
    expect(EncodingType).toBe('url');
    const [encoded = ''] = Contents?.map((object) => object.Key) ?? [];
    expect(encoded).toBe('line%0D%0Abreak%01+%2B%25/%C3%A9');
    expect(decodeURIComponent(encoded.replaceAll('+', ' '))).toBe(Key);
    await expect(list({ EncodingType: 'base64' })).rejects.toMatchObject(
      failure('InvalidArgument', 400),
    );
  });

  it('of a missing bucket is an error', async () => {
    await expect(
      client.send(new ListObjectsV2Command({ Bucket: 'missing' })),
    ).rejects.toMatchObject(failure('NoSuchBucket', 404));
  });
});

describe('ListObjects', () => {
  const listV1 = (options = {}) =>
    client.send(new ListObjectsCommand({ Bucket: 'photos', ...options }));

  it('goes on at a marker, which it names where there is a delimiter', async () => {
    const seen: string[] = [];
    let Marker = '';
    for (;;) {
      const page = await listV1({ Delimiter: '/', MaxKeys: 2, Marker });
      seen.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
      seen.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''));
      if (!page.IsTruncated) break;
      Marker = page.NextMarker ?? '';
    }
    expect(seen.sort(byBytes)).toEqual(expected('', '/'));
    expect((await listV1({ MaxKeys: 2 })).NextMarker).toBeUndefined();
  });

  it('leaves out the common prefix in which the marker lies', async () => {
    const page = await listV1({ Delimiter: '/', Marker: 'a/1' });
    expect(page.CommonPrefixes).toEqual([{ Prefix: 'z/' }]);
  });
});

it('lists a hundred thousand keys by pages, each once', () => {
  const keys = new OrderedKeys<number>();
  for (let index = 0; index < 100_000; index += 1)
    keys.set(`key ${(index * 7919) % 100_000}`, index);
  let count = 0;
  for (let key = keys.first(''); key !== undefined; key = keys.next(key)) count += 1;
  expect(count).toBe(100_000);
});
