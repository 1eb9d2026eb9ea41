import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ETag,
  MemoryStorageProvider,
  onStorageEvent,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { circuitBreaker, layered, prefix } from '@org/storage-layers';
import { LocalStorageProvider } from '@org/storage-local';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type HybridEvent, HybridStorageProvider, TOMBSTONE_TYPE } from '../src/index.js';
import {
  contentOf,
  copyUp,
  counted,
  directoryAndBucket,
  downloading,
  inMemory,
} from './fixtures.js';

async function names(provider: StorageProvider, prefix?: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of provider.list({ delimiter: '/', prefix }))
    found.push(entry.type === 'file' ? entry.key : entry.prefix);
  return found;
}

/** What is told beside stages. */
function events(): HybridEvent[] {
  const seen: HybridEvent[] = [];
  onTestFinished(
    onStorageEvent('org.storage.hybrid', (event) => {
      if (event.type !== 'stage') seen.push(event);
    }),
  );
  return seen;
}

/** A target that can be taken away. */
function mortal() {
  const target = new MemoryStorageProvider({ name: 'target' });
  let down = false;
  const away = new StorageError('Unavailable', 'the target is away');
  const provider = new Proxy<StorageProvider>(target, {
    get(store, name) {
      const value: unknown = Reflect.get(store, name, store);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (!down) return Reflect.apply(value, store, args);
        if (name === 'checkHealth') return { healthy: false, latency: 0, error: away };
        if (name !== 'list') return Promise.reject(away);
        return (async function* () {
          yield await Promise.reject(away);
        })();
      };
    },
  });
  return {
    target: provider,
    setDown(value: boolean) {
      down = value;
    },
  };
}

describe('requests to the target', () => {
  async function setUp() {
    const target = new MemoryStorageProvider();
    const { provider, calls } = counted(target);
    const { source, storage } = inMemory({ target: provider });
    await source.upload('in source', '1');
    await storage.upload('in target', '2');
    calls.length = 0;
    return { storage, calls };
  }

  it('a file that is there takes one to read, one to write, one to delete', async () => {
    const { storage, calls } = await setUp();
    await contentOf(storage, 'in target');
    await storage.stat('in target');
    await storage.upload('in target', '3');
    await storage.upload('new', '3');
    await storage.upload('created', '3', { condition: { type: 'absent' } });
    await storage.delete('in target');
    expect(calls).toEqual(['download', 'stat', 'upload', 'upload', 'upload', 'upload']);
  });

  it('one that is still in the source takes one more to read', async () => {
    const { storage, calls } = await setUp();
    expect(await contentOf(storage, 'in source')).toBe('1');
    expect(calls).toEqual(['download']);
  });
});

describe('a file that moves to the target while it is used', () => {
  it('keeps its ETag, its time and its metadata', async () => {
    const { source, target, storage } = inMemory();
    const metadata = { owner: 'Zoë' };
    await source.upload('k', 'content', { metadata, contentType: 'text/x-test' });
    const before = await storage.stat('k');
    await copyUp(source, target, 'k');
    await source.delete('k');
    const { checksums: _, ...after } = await storage.stat('k');
    expect(before).toMatchObject(after);
    const opened = await storage.download('k');
    opened.body.destroy();
    expect(opened.metadata.etag).toBe(before.etag);
  });

  it('keeps its ETag from a directory to a bucket, under which it can be changed', async () => {
    const { source, target } = await directoryAndBucket();
    const storage = new HybridStorageProvider({ source, target, mode: 'hybrid', handedOver: true });
    for (const key of ['a', 'b']) await source.upload(key, 'content');
    const [a, b] = [await storage.stat('a'), await storage.stat('b')];
    for (const key of ['a', 'b']) await copyUp(source, target, key);
    expect((await storage.stat('a')).etag).toBe(a.etag);
    await storage.upload('a', 'changed', { condition: { type: 'match', etag: a.etag } });
    await storage.delete('b', { condition: { type: 'match', etag: b.etag } });
    expect(await contentOf(storage, 'a')).toBe('changed');
    expect(await storage.exists('b')).toBe(false);
    await expect(
      storage.upload('a', 'again', { condition: { type: 'match', etag: a.etag } }),
    ).rejects.toMatchObject({ code: 'PreconditionFailed' });
  });

  it('is a new file under another key', async () => {
    const { source, target, storage } = inMemory();
    await source.upload('k', 'content', { metadata: { owner: 'Zoë' } });
    await copyUp(source, target, 'k');
    const { lastModified } = await storage.stat('k');
    while (Date.now() <= lastModified.getTime()) await sleep(1);
    const copy = await storage.copy('k', 'copy');
    expect(copy.metadata).toEqual({ owner: 'Zoë' });
    expect(copy.lastModified).not.toEqual(lastModified);
    expect((await storage.stat('copy')).etag).toBe((await target.stat('copy')).etag);
  });

  it('is read range by range as one version', async () => {
    const { source, target } = await directoryAndBucket();
    const storage = new HybridStorageProvider({ source, target, mode: 'hybrid', handedOver: true });
    await source.upload('k', '0123456789');
    const read = async (start: number, end: number, etag: string) => {
      const condition = { type: 'match', etag: etag as never } as const;
      const { body } = await storage.download('k', { range: { start, end }, condition });
      return Buffer.concat(await body.toArray()).toString();
    };
    const { etag } = await storage.stat('k');
    expect(await read(0, 3, etag)).toBe('0123');
    await copyUp(source, target, 'k');
    await source.delete('k');
    expect(await read(4, 9, etag)).toBe('456789');
    await storage.upload('k', 'another');
    await expect(read(0, 3, etag)).rejects.toMatchObject({ code: 'PreconditionFailed' });
  });
});

describe('tombstones', () => {
  it('are not listed, nor is a prefix under which there is nothing else', async () => {
    const { source, storage } = inMemory();
    for (const key of ['a/1', 'a/2', 'b', 'c/1']) await source.upload(key, 'x');
    for (const key of ['a/1', 'a/2', 'c/1']) await storage.delete(key);
    await source.upload('c/1', 'a leftover'); // as a crash leaves it, before the source's file is dropped
    await storage.upload('d/1', 'x');
    expect(await names(storage)).toEqual(['b', 'd/']);
    expect(await names(storage, 'a/')).toEqual([]);
  });

  it('are told from files of the same size', async () => {
    const { target, storage } = inMemory();
    await storage.delete('deleted');
    const { size } = await target.stat('deleted');
    await storage.upload('file', 'x'.repeat(size));
    expect(await names(storage)).toEqual(['file']);
  });

  it('are no files for a range, which would be beyond their end', async () => {
    const { target } = await directoryAndBucket();
    const { storage } = inMemory({ target });
    await storage.delete('k');
    const range = { start: 10_000, end: 20_000 };
    await expect(storage.download('k', { range })).rejects.toMatchObject({ code: 'NotFound' });
  });

  describe('that are replaced between a refused range and the look at what it was one of', () => {
    const range = { start: 10_000, end: 10_002 };
    const longer = `${'x'.repeat(10_000)}abc`;

    /** What is to happen `meanwhile`, once. */
    async function refused(meanwhile: (target: StorageProvider) => Promise<unknown>) {
      const { target } = await directoryAndBucket();
      let happened = false;
      const refusing = downloading(target, (download) =>
        download().catch(async (error: unknown) => {
          if (!happened) await meanwhile(target);
          happened = true;
          throw error;
        }),
      );
      const storage = new HybridStorageProvider({
        ...{ source: new MemoryStorageProvider(), target: refusing },
        ...{ mode: 'hybrid', handedOver: true },
      });
      await storage.delete('k');
      return storage;
    }

    it('by nothing, are no files', async () => {
      const storage = await refused((target) => target.delete('k'));
      await expect(storage.download('k', { range })).rejects.toMatchObject({ code: 'NotFound' });
    });

    it('by a file, are read as that file', async () => {
      const storage = await refused((target) => target.upload('k', longer));
      const { body } = await storage.download('k', { range });
      expect(Buffer.concat(await body.toArray()).toString()).toBe('abc');
    });

    it('by a file, are not the version that was asked for', async () => {
      const storage = await refused((target) => target.upload('k', longer));
      const condition = { type: 'match', etag: '"another"' as ETag } as const;
      const download = storage.download('k', { range, condition });
      await expect(download).rejects.toMatchObject({ code: 'PreconditionFailed' });
    });

    it('by a shorter file, are not the version that was asked for either', async () => {
      const storage = await refused((target) => target.upload('k', 'shorter'));
      const condition = { type: 'match', etag: '"another"' as ETag } as const;
      const download = storage.download('k', { range, condition });
      await expect(download).rejects.toMatchObject({ code: 'PreconditionFailed' });
    });

    it('by a shorter file, lack the range', async () => {
      const storage = await refused((target) => target.upload('k', 'shorter'));
      const download = storage.download('k', { range });
      await expect(download).rejects.toMatchObject({ code: 'InvalidRange' });
    });
  });

  it('are looked for once where a range has no byte in a file', async () => {
    const { target } = await directoryAndBucket();
    const { provider, calls } = counted(target);
    const { storage } = inMemory({ target: provider });
    await target.upload('k', 'short');
    const download = storage.download('k', { range: { start: 10_000 } });
    await expect(download).rejects.toMatchObject({ code: 'InvalidRange' });
    expect(calls).toEqual(['probe', 'download', 'stat']);
  });

  it('are not looked for without end where a target refuses ranges that its file has', async () => {
    const { target } = inMemory();
    await target.upload('k', '0123456789');
    let downloads = 0;
    const refusing = downloading(target, () => {
      downloads += 1;
      return Promise.reject(new StorageError('InvalidRange', 'no'));
    });
    const { storage } = inMemory({ target: refusing });
    const download = storage.download('k', { range: { start: 2 } });
    await expect(download).rejects.toMatchObject({ code: 'InvalidRange' });
    expect(downloads).toBe(5);
  });

  it('are not copied in place of the file that they were put upon', async () => {
    const { target, storage } = inMemory();
    await storage.upload('a', 'x');
    const copy = storage.copy('a', 'b');
    await storage.delete('a');
    await copy.catch(() => {});
    await expect(storage.copy('a', 'c')).rejects.toMatchObject({ code: 'NotFound' });
    expect(await target.exists('c')).toBe(false);
  });

  it('can’t be made by an upload', async () => {
    const { storage } = inMemory();
    for (const options of [
      { contentType: TOMBSTONE_TYPE },
      { contentType: `${TOMBSTONE_TYPE}; a=b` },
      { metadata: { 'storage-live-etag': 'x' } },
    ])
      await expect(storage.upload('k', 'x', options)).rejects.toMatchObject({
        code: 'InvalidArgument',
      });
  });
});

describe('while the target is away', () => {
  async function setUp(reads: 'fail' | 'source', handedOver = true) {
    const { target, setDown } = mortal();
    const { source, storage } = inMemory({ target, handedOver, failover: { reads } });
    await source.upload('local', '1');
    await storage.upload('moved', '2');
    setDown(true);
    return { storage, setDown };
  }

  it('reads fail by default', async () => {
    const { storage } = await setUp('fail');
    await expect(storage.download('local')).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('the source stands in where it has the file, and nothing is taken for absent', async () => {
    const seen = events();
    const { storage, setDown } = await setUp('source');
    expect(await contentOf(storage, 'local')).toBe('1');
    expect((await storage.stat('local')).size).toBe(1);
    await expect(storage.stat('moved')).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(storage.exists('nowhere')).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(storage.upload('local', '3')).rejects.toMatchObject({ retryable: true });
    await expect(names(storage)).rejects.toMatchObject({ code: 'Unavailable' });
    expect(seen).toContainEqual({
      ...{ type: 'source-read', provider: 'hybrid', key: 'local', reason: 'target-unavailable' },
    });
    setDown(false);
    expect(await contentOf(storage, 'moved')).toBe('2');
  });

  it('the source does not stand in before the hand-over', async () => {
    const { storage } = await setUp('source', false);
    await expect(storage.download('local')).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('a circuit breaker around it spares every call the wait, and is asked no more', async () => {
    const { target, setDown } = mortal();
    const { provider, calls } = counted(target);
    const breaker = circuitBreaker({ opens: { type: 'consecutive', failures: 2 } });
    const { source, storage } = inMemory({
      target: layered(provider, breaker),
      failover: { reads: 'source' },
    });
    await source.upload('k', 'content');
    await storage.exists('k');
    setDown(true);
    for (let i = 0; i < 2; i++) expect(await contentOf(storage, 'k')).toBe('content');
    expect(breaker.state).toBe('open');
    calls.length = 0;
    expect(await contentOf(storage, 'k')).toBe('content');
    expect(calls).toEqual([]);
  });

  it('the health tells of each side', async () => {
    const { storage } = await setUp('source');
    expect(await storage.checkHealth()).toMatchObject({
      healthy: false,
      error: { code: 'Unavailable' },
    });
    const { source, target } = await storage.checkSides();
    expect([source.healthy, target.healthy]).toEqual([true, false]);
  });
});

it('tells of a file that it could not drop from the source', async () => {
  const seen = events();
  const source = new MemoryStorageProvider();
  await source.upload('k', 'old');
  const readOnly = Object.assign(source, {
    delete: () => Promise.reject(new StorageError('AccessDenied', 'read-only')),
  });
  const { storage } = inMemory({ source: readOnly });
  await storage.upload('k', 'new');
  expect(await contentOf(storage, 'k')).toBe('new');
  expect(seen).toMatchObject([{ type: 'leftover', key: 'k', error: { code: 'AccessDenied' } }]);
});

it.each([
  ['a directory, which finds no such file', new LocalStorageProvider({ root: tmpdir() })],
  [
    'a folder, which refuses such a key',
    layered(new MemoryStorageProvider(), prefix('f'.repeat(900))),
  ],
])('takes a key that the source can’t hold: %s', async (_, source) => {
  const { storage } = inMemory({ source });
  const seen = events();
  const key = 'long'.repeat(100);
  expect(await storage.exists(key)).toBe(false);
  await storage.upload(key, '1', { condition: { type: 'absent' } });
  await storage.upload(key, '2');
  expect(await contentOf(storage, key)).toBe('2');
  await storage.delete(key);
  expect(await storage.exists(key)).toBe(false);
  expect(seen).toEqual([]);
  await storage.close();
});

it('signs URLs of the store where the file is', async () => {
  const urls = (baseUrl: string) => ({
    urls: { baseUrl, keys: [{ id: '1', secret: 'a'.repeat(64) }] },
  });
  const source = new MemoryStorageProvider(urls('https://source.test/'));
  const target = new MemoryStorageProvider(urls('https://target.test/'));
  const { storage } = inMemory({ source, target });
  await source.upload('a', '1');
  await storage.upload('b', '2');
  const url = async (key: string) => (await storage.createDownloadUrl?.(key))?.url;
  expect(await url('a')).toContain('https://source.test/');
  expect(await url('b')).toContain('https://target.test/');
  expect(await url('nowhere')).toContain('https://target.test/');
});
