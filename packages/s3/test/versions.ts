import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { type FileVersion, readAll } from '@org/storage-core';
import { type S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bytes, streamed } from './content.js';
import { MIB, type S3Account, someKey } from './store.js';

async function all<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

/** What holds over every S3 server that keeps versions, and what is otherwise over Ceph 18. */
export function versionTests(
  account: () => S3Account,
  options: Partial<S3StorageOptions>,
  server: 'S3' | 'Ceph 18' = 'S3',
): void {
  const bucket = `versions-${randomBytes(4).toString('hex')}`;
  const opened: (S3StorageProvider | S3Client)[] = [];
  let client: S3Client;
  let storage: S3StorageProvider;

  const open = (more: Partial<S3StorageOptions> = {}) => {
    const { endpoint, region, credentials } = account();
    const given = {
      bucket,
      endpoint,
      region,
      credentials,
      partSize: 5 * MIB,
      copyThreshold: 5 * MIB,
    };
    const provider = new S3StorageProvider({ ...given, ...options, ...more });
    opened.push(provider);
    return provider;
  };
  const versionsOf = async (prefix: string, provider = storage): Promise<FileVersion[]> => {
    if (provider.versions === undefined) throw new Error('the provider has no versions');
    return all(provider.versions.list({ prefix }));
  };
  const restore = (key: string, versionId: string) => {
    if (storage.versions === undefined) throw new Error('the provider has no versions');
    return storage.versions.restore(key, versionId);
  };
  const contentOf = async (key: string, versionId?: string): Promise<string> => {
    const { body } = await storage.download(key, { versionId });
    return (await readAll(body)).toString();
  };
  const upload = async (key: string, content: string): Promise<string> => {
    const { versionId } = await storage.upload(key, content);
    if (versionId === undefined) throw new Error('the server tells no version');
    return versionId;
  };

  beforeAll(async () => {
    const { endpoint, region, credentials } = account();
    client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    await client.send(
      new PutBucketVersioningCommand({
        Bucket: bucket,
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    );
    storage = open();
  });
  afterAll(async () => {
    for (const provider of opened) if ('close' in provider) await provider.close();
    client.destroy();
  });

  test('the history of a file is told in the order in which it was made', async () => {
    const key = someKey('Ü + 100%.txt');
    const first = await upload(key, 'one');
    await storage.delete(key);
    const second = await upload(key, 'two!');
    await storage.delete(key);
    const history = await versionsOf(key);
    expect(history.map(({ type, latest, size }) => [type, latest, size])).toEqual([
      ['deletion', true, undefined],
      ['file', false, 4],
      ['deletion', false, undefined],
      ['file', false, 3],
    ]);
    expect(history.every((version) => version.key === key)).toBe(true);
    expect([history[1]?.versionId, history[3]?.versionId]).toEqual([second, first]);
    expect(new Set(history.map(({ versionId }) => versionId)).size).toBe(4);
    const { etag } = await storage.stat(key, { versionId: second });
    expect(history[1]?.etag).toBe(etag);
  });

  const again = server === 'S3' ? 'is a deletion more' : 'changes nothing';
  test(`to delete what is deleted ${again}`, async () => {
    const key = someKey();
    await upload(key, 'one');
    await storage.delete(key);
    const [before] = await versionsOf(key);
    await storage.delete(key);
    const [latest, ...older] = await versionsOf(key);
    expect(latest).toMatchObject({ type: 'deletion', latest: true });
    expect(older.map(({ type }) => type)).toEqual(
      server === 'S3' ? ['deletion', 'file'] : ['file'],
    );
    expect(latest?.versionId === before?.versionId).toBe(server === 'Ceph 18');
  });

  test('an older version can be read and asked for, whole and in part', async () => {
    const key = someKey();
    const first = await upload(key, 'the first');
    const second = await upload(key, 'the second');
    expect(await contentOf(key, first)).toBe('the first');
    expect(await contentOf(key)).toBe('the second');
    const found = await storage.stat(key, { versionId: first });
    expect(found).toMatchObject({ key, size: 9, versionId: first });
    expect((await storage.stat(key)).versionId).toBe(second);
    const part = await storage.download(key, { versionId: first, range: { start: 4, end: 8 } });
    expect((await readAll(part.body)).toString()).toBe('first');
    expect(part.metadata.versionId).toBe(first);
  });

  test('a version that is none is NotFound, whatever its id looks like', async () => {
    const key = someKey();
    const versionId = await upload(key, 'x');
    await upload(key, 'y');
    await storage.delete(key, { versionId });
    await storage.delete(key);
    const [deletion] = await versionsOf(key);
    expect(deletion).toMatchObject({ type: 'deletion', latest: true });
    const ids = [
      versionId,
      deletion?.versionId ?? '',
      'no-such-version',
      'null',
      'ü &?=',
      'a'.repeat(32),
    ];
    for (const id of ids) {
      const calls = {
        download: () => storage.download(key, { versionId: id }),
        stat: () => storage.stat(key, { versionId: id }),
        getTags: () => storage.tags?.get(key, { versionId: id }),
        setTags: () => storage.tags?.set(key, { a: 'b' }, { versionId: id }),
        restore: () => restore(key, id),
      };
      for (const [name, call] of Object.entries(calls)) {
        await expect(call(), `${name} of ${id}`).rejects.toMatchObject({ code: 'NotFound', key });
      }
    }
  });

  test('a version is deleted for good, and one that is gone without harm', async () => {
    const key = someKey();
    const first = await upload(key, 'one');
    const second = await upload(key, 'two');
    for (const versionId of [second, second, 'no-such-version']) {
      await storage.delete(key, { versionId });
    }
    expect(await contentOf(key)).toBe('one');
    expect((await versionsOf(key)).map(({ versionId }) => versionId)).toEqual([first]);
  });

  test('a version is restored by a copy that keeps what was between', async () => {
    const key = someKey('a b+%.txt');
    const described = {
      contentType: 'text/x-test',
      cacheControl: 'no-cache',
      contentDisposition: 'inline; filename="ä"',
      metadata: { by: 'Jürgen' },
    };
    const sent = await storage.upload(key, 'one', { ...described, tags: { a: 'ü' } });
    const first = sent.versionId ?? '';
    const second = await upload(key, 'two');
    await storage.delete(key);
    const restored = await restore(key, first);
    const { sha256 } = sent.checksums;
    const checksums = server === 'S3' ? sent.checksums : { sha256 }; // 18 keeps none of S3's own
    expect(restored).toMatchObject({ ...described, key, size: 3 });
    expect(restored.checksums).toEqual(checksums);
    expect([first, second]).not.toContain(restored.versionId);
    expect(await storage.stat(key)).toMatchObject({ ...described, versionId: restored.versionId });
    expect(await contentOf(key)).toBe('one');
    expect(await storage.tags?.get(key)).toEqual({ a: 'ü' });
    expect(await versionsOf(key)).toHaveLength(4);
  });

  test('a large version is restored in parts', async () => {
    const key = someKey();
    const content = bytes(11 * MIB);
    const { versionId = '' } = await storage.upload(key, streamed(content), { tags: { a: 'b' } });
    await upload(key, 'two');
    const restored = await restore(key, versionId);
    expect(restored).toMatchObject({ key, size: content.byteLength });
    const { body } = await storage.download(key);
    expect((await readAll(body)).equals(content)).toBe(true);
    // 18 drops the tags of all that is made in parts.
    expect(await storage.tags?.get(key)).toEqual(server === 'S3' ? { a: 'b' } : {});
  });

  test('the current version is restored by leaving it alone', async () => {
    const key = someKey();
    await upload(key, 'one');
    const second = await upload(key, 'two');
    expect(await restore(key, second)).toMatchObject({ key, versionId: second });
    expect(await versionsOf(key)).toHaveLength(2);
  });

  test('tags belong to a version', async () => {
    const key = someKey();
    const first = await upload(key, 'one');
    await upload(key, 'two');
    await storage.tags?.set(key, { n: '1' }, { versionId: first });
    expect(await storage.tags?.get(key)).toEqual({});
    expect(await storage.tags?.get(key, { versionId: first })).toEqual({ n: '1' });
    await storage.tags?.set(key, {}, { versionId: first });
    expect(await storage.tags?.get(key, { versionId: first })).toEqual({});
  });

  describe('a listing over several pages', () => {
    const names = ['a b+c%20', 'a', 'tab\tx', 'Ü/日本', '\u{1F600}', '\uFFFD', 'z'];

    test('has every version once, by key, whatever the size of the pages', async () => {
      const folder = someKey('');
      for (const name of names) {
        await storage.upload(folder + name, '1');
        await storage.delete(folder + name);
        await storage.upload(folder + name, '22');
      }
      const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const expected = sorted.flatMap((name) => [`${name} 2`, `${name} deletion`, `${name} 1`]);
      for (const MaxKeys of [1, 2, 5, 1000]) {
        const { endpoint, region, credentials } = account();
        const paging = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
        paging.middlewareStack.add(
          (next) => (args) => {
            if ('EncodingType' in args.input) Object.assign(args.input, { MaxKeys });
            return next(args);
          },
          { step: 'initialize' },
        );
        const provider = open({
          client: paging,
          prefix: [options.prefix, folder].filter(Boolean).join('/'),
        });
        const found = await versionsOf('', provider);
        const shown = found.map(({ key, type, size }) => `${key} ${size ?? type}`);
        expect(shown, `pages of ${MaxKeys}`).toEqual(expected);
        paging.destroy();
      }
    });
  });

  test('a probe finds that there are versions, and leaves none behind', async () => {
    const probing = open({ prefix: 'probed' });
    expect(await probing.probe()).toMatchObject({ versions: 'native', tags: 'native' });
    expect(await versionsOf('', probing)).toEqual([]);
  });
}
