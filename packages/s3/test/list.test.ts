import { ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Key, ListEntry, ListOptions, SkippedEntry } from '@org/storage-core';
import { S3StorageProvider } from '@org/storage-s3';
import { HOSTILE_KEYS, referenceListing } from '@org/storage-testkit';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useServer } from './store.js';

const setup = useServer();

/** A client that asks for small pages. */
function pagedClient(pageSize: number): S3Client {
  const { endpoint, region, credentials } = setup.server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  client.middlewareStack.add(
    (next) => (args) => {
      if ('EncodingType' in args.input) Object.assign(args.input, { MaxKeys: pageSize });
      return next(args);
    },
    { step: 'initialize' },
  );
  return client;
}

async function names(entries: AsyncIterable<ListEntry>): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of entries) found.push(entry.type === 'file' ? entry.key : entry.prefix);
  return found;
}

describe('a listing', () => {
  const keys = [
    ...HOSTILE_KEYS,
    ...['a', 'a-b', 'a/b', 'a/b/c', 'a/c', 'a0', 'b/a/a', 'b/a/b', 'b+/x', 'b /x', 'b%2B/y', 'ü/ä'],
    ...['\u{1F600}/1', '\uFFFD', '\u{10000}', 'z\uE000', 'z\u{1F98A}'],
  ].filter((key) => Buffer.byteLength(key) < 500);
  const clients: S3Client[] = [];
  let storages: S3StorageProvider[] = [];

  beforeAll(async () => {
    const storage = setup.storage({ prefix: 'listed' });
    await Promise.all([...new Set(keys)].map((key) => storage.upload(key, key)));
    storages = [2, 3, 7, 1000].map((pageSize) => {
      const client = pagedClient(pageSize);
      clients.push(client);
      return new S3StorageProvider({ bucket: setup.bucket, prefix: 'listed', client });
    });
  });
  afterAll(() => {
    for (const client of clients) client.destroy();
  });

  test('gives what it should, whatever the prefix, the delimiter, the start and the pages', async () => {
    const text = fc.oneof(
      fc.constantFrom(...keys, 'a/', 'b/', 'b/a/', 'b+', 'b ', '', 'zz', '\u{10FFFF}', 'a\0'),
      fc
        .constantFrom(...keys)
        .chain((key) =>
          fc.nat(key.length).map((n) => key.slice(0, n).replace(/\p{Surrogate}/gu, '')),
        ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...storages),
        fc.record<ListOptions>(
          { prefix: text, startAfter: text, delimiter: fc.constant('/' as const) },
          { requiredKeys: [] },
        ),
        async (storage, options) => {
          expect(await names(storage.list(options))).toEqual(
            referenceListing([...new Set(keys)], options),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  test('resumes after each of its entries', async () => {
    const [storage] = storages.slice(-1);
    for (const delimiter of [undefined, '/'] as const) {
      const all = await names(storage?.list({ delimiter }) ?? setup.storage().list());
      for (const [i, startAfter] of all.entries()) {
        if (storage === undefined) break;
        const rest = await names(storage.list({ delimiter, startAfter }));
        expect(rest).toEqual(all.slice(i + 1));
      }
    }
  });

  test('asks for each page once', async () => {
    const [storage] = storages.slice(2, 3);
    if (storage === undefined) throw new Error('no storage');
    setup.server.requests.reset();
    const found = await names(storage.list());
    expect(setup.server.requests.count('ListObjectsV2')).toBe(Math.ceil(found.length / 7));
  });
});

test('names that are no keys are passed over, and told of in order', async () => {
  const { endpoint, region, credentials } = setup.server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const stored = ['', 'a', 'a//b', 'a/', 'a/../b', 'a/x', 'b/', 'c//d', '../e', '/f', 'z'];
  for (const name of stored) {
    await client.send(
      new PutObjectCommand({ Bucket: setup.bucket, Key: `odd/${name}`, Body: 'x' }),
    );
  }
  client.destroy();
  const storage = setup.storage({ prefix: 'odd' });
  const listed = async (options: ListOptions) => {
    const skipped: SkippedEntry[] = [];
    const found = await names(storage.list({ ...options, onSkip: (entry) => skipped.push(entry) }));
    expect(new Set(skipped.map(({ reason }) => reason))).toEqual(new Set(['invalid-name']));
    return { found, skipped: skipped.map(({ path }) => path) };
  };
  expect(await listed({})).toEqual({
    found: ['a', 'a/x', 'z'],
    skipped: ['', '../e', '/f', 'a/', 'a/../b', 'a//b', 'b/', 'c//d'],
  });
  expect(await listed({ delimiter: '/' })).toEqual({
    found: ['a', 'a/', 'b/', 'c/', 'z'],
    skipped: ['', '../', '/'],
  });
  expect(await listed({ delimiter: '/', prefix: 'a/' })).toEqual({
    found: ['a/x'],
    skipped: ['a/', 'a/../', 'a//'],
  });
});

describe('a listing of a server that', () => {
  const file = (key: string) => ({
    Key: key,
    Size: 1,
    ETag: '"a"',
    LastModified: new Date('2026-10-12'),
  });
  const mocked = () => {
    const client = new S3Client({ region: 'us-east-1' });
    const mocked = mockClient(client);
    const mock = mocked.on(ListObjectsV2Command);
    return { client: mocked, mock, storage: new S3StorageProvider({ bucket: 'b', client }) };
  };

  test('says that it goes on but not from where fails', async () => {
    const { mock, storage } = mocked();
    mock.resolves({ IsTruncated: true, Contents: [file('a')] });
    await expect(names(storage.list())).rejects.toMatchObject({
      code: 'Unavailable',
      operation: 'list',
    });
  });

  test('is not in the order of bytes fails', async () => {
    const { mock, storage } = mocked();
    mock.resolves({ Contents: [file('\uFFFD'), file('\u{1F600}'), file('b')] });
    await expect(names(storage.list())).rejects.toMatchObject({ code: 'Unsupported' });
  });

  test('gives the same page again and again ends', async () => {
    const { mock, storage } = mocked();
    mock.resolves({ IsTruncated: true, NextContinuationToken: 'same', Contents: [file('a')] });
    await expect(names(storage.list())).rejects.toMatchObject({ code: 'Unsupported' });
  });

  test('goes on from where it was before ends, also without entries', async () => {
    const { client, mock, storage } = mocked();
    mock.resolves({ IsTruncated: true, NextContinuationToken: 'same' });
    await expect(names(storage.list())).rejects.toMatchObject({
      code: 'Unavailable',
      operation: 'list',
    });
    expect(client.commandCalls(ListObjectsV2Command)).toHaveLength(2);
  });

  test('has a page without entries is asked for the next', async () => {
    const { mock, storage } = mocked();
    mock
      .resolvesOnce({ IsTruncated: true, NextContinuationToken: 'a' })
      .resolvesOnce({ IsTruncated: true, NextContinuationToken: 'b', Contents: [file('a')] })
      .resolves({ Contents: [file('b')] });
    expect(await names(storage.list())).toEqual(['a', 'b']);
  });

  test('does not encode names is taken at its word', async () => {
    const { mock, storage } = mocked();
    mock.resolves({ Contents: [file('a%20b+c')] });
    expect(await names(storage.list())).toEqual(['a%20b+c']);
  });

  test('encodes names that are not UTF-8 has them passed over', async () => {
    const { mock, storage } = mocked();
    mock.resolves({
      EncodingType: 'url',
      Contents: [file('a+%2B%FF%C3%BC'), file('b%C3%BC%2B+%2520')],
    });
    const skipped: SkippedEntry[] = [];
    expect(await names(storage.list({ onSkip: (entry) => skipped.push(entry) }))).toEqual([
      'bü+ %20',
    ]);
    expect(skipped).toMatchObject([{ path: 'a +\\xffü', reason: 'invalid-name' }]);
  });

  test('lists a prefix again that the listing was to start behind has it passed over', async () => {
    const { mock, storage } = mocked();
    mock.resolves({ CommonPrefixes: [{ Prefix: 'a/' }], Contents: [file('a0')] });
    for (const startAfter of ['a/', 'a/x']) {
      expect(await names(storage.list({ delimiter: '/', startAfter }))).toEqual(['a0']);
    }
  });

  test('takes no NUL is asked for a little more, which is passed over', async () => {
    const { client, mock, storage } = mocked();
    mock.resolves({ Contents: [file('a\u0001'), file('b')] });
    expect(await names(storage.list({ startAfter: 'a\0b' }))).toEqual(['a\u0001', 'b']);
    expect(client.commandCalls(ListObjectsV2Command)[0]?.args[0].input.StartAfter).toBe('a');
  });

  test('leaves out what every server gives fails', async () => {
    const { mock, storage } = mocked();
    const { Key, ETag, LastModified } = file('a');
    mock.resolves({ Contents: [{ Key, ETag, LastModified }] });
    await expect(names(storage.list())).rejects.toMatchObject({ code: 'Unknown' });
  });
});

test('keys are listed as the type says', async () => {
  const storage = setup.storage({ prefix: 'typed' });
  const sent = await storage.upload('a b', '123');
  for await (const entry of storage.list()) {
    expect(entry).toEqual({
      type: 'file',
      key: 'a b' as Key,
      size: 3,
      etag: sent.etag,
      lastModified: (await storage.stat('a b')).lastModified,
    });
  }
});

test('what a trial of the bucket has left is no file, unless it is asked for', async () => {
  const storage = setup.storage({ prefix: 'trials' });
  const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
  const left = [`doctor-${id}`, `plan-${id}/1`, `probe-${id}`, `probe-${id}-copy`];
  const files = ['.storage/probe-mine', `a/.storage/probe-${id}`];
  for (const key of [...left.map((name) => `.storage/${name}`), ...files])
    await storage.upload(key, 'x');
  expect(await names(storage.list())).toEqual(files);
  expect(await names(storage.list({ prefix: '.storage/' }))).toEqual([
    ...left.map((name) => `.storage/${name}`),
    '.storage/probe-mine',
  ]);
});
