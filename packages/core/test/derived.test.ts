import { describe, expect, it } from 'vitest';
import {
  type CopyOptions,
  carriedOptions,
  deleteEach,
  distinctKeys,
  type ETag,
  existsByStat,
  isStorageError,
  MemoryStorageProvider,
  moveByCopy,
  readAll,
  StorageError,
} from '../src/index.js';

describe('existsByStat', () => {
  it('is false for NotFound, and for nothing else', async () => {
    const failing = (error: Error) => ({ stat: () => Promise.reject(error) });
    expect(await existsByStat(failing(new StorageError('NotFound', '')), 'a')).toBe(false);
    for (const error of [new StorageError('AccessDenied', ''), new Error('ENOENT')]) {
      await expect(existsByStat(failing(error), 'a')).rejects.toBe(error);
    }
  });
});

describe('deleteEach', () => {
  it('tells the outcome of each key once, whatever the others do', async () => {
    const deletions: string[] = [];
    const provider = {
      async delete(key: string) {
        deletions.push(key);
        await new Promise((resolve) => setImmediate(resolve));
        if (key.endsWith('5')) throw new StorageError('AccessDenied', key);
      },
    };
    const keys = Array.from({ length: 40 }, (_, i) => `key ${i}`);
    const { deleted, failed } = await deleteEach(provider, [...keys, ...keys]);
    expect([...deleted, ...failed.map(({ key }) => key)].sort()).toEqual([...keys].sort());
    expect(failed.map(({ key }) => key).sort()).toEqual(['key 15', 'key 25', 'key 35', 'key 5']);
    expect(failed.every(({ error }) => isStorageError(error, 'AccessDenied'))).toBe(true);
    expect(deletions).toHaveLength(40);
  });

  it('has a bounded number of deletions under way', async () => {
    let running = 0;
    let most = 0;
    const provider = {
      async delete() {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
      },
    };
    await deleteEach(
      provider,
      Array.from({ length: 100 }, (_, i) => `key ${i}`),
    );
    expect(most).toBe(16);
  });
});

describe('distinctKeys', () => {
  it('takes iterables of texts', () => {
    expect([...distinctKeys(['b', 'a', 'b'])]).toEqual(['b', 'a']);
    expect([...distinctKeys(new Map([['a', 1]]).keys())]).toEqual(['a']);
  });

  it.each(['abc', null, undefined, 5, {}])('refuses %j', (keys) => {
    expect(() => distinctKeys(keys as never)).toThrow(
      expect.objectContaining({ code: 'InvalidArgument' }),
    );
  });
});

describe('moveByCopy', () => {
  it('deletes the original after the copy, and not before', async () => {
    const provider = new MemoryStorageProvider();
    await provider.upload('a', 'content');
    const calls: string[] = [];
    const watched = {
      capabilities: provider.capabilities,
      stat: provider.stat.bind(provider),
      async copy(from: string, to: string) {
        calls.push(`copy ${from} ${to}`);
        return provider.copy(from, to);
      },
      async delete(key: string) {
        calls.push(`delete ${key}`);
      },
    };
    expect((await moveByCopy(watched, 'a', 'b')).key).toBe('b');
    expect(calls).toEqual(['copy a b', 'delete a']);
    await moveByCopy(watched, 'b', 'b');
    expect(calls.slice(2)).toEqual(['copy b b']);
  });

  it('leaves a source that was written to between the copy and the delete', async () => {
    const provider = new MemoryStorageProvider();
    await provider.upload('a', 'old');
    const raced = {
      capabilities: provider.capabilities,
      stat: provider.stat.bind(provider),
      async copy(from: string, to: string, options?: CopyOptions) {
        const copied = await provider.copy(from, to, options);
        await provider.upload('a', 'new');
        return copied;
      },
      delete: provider.delete.bind(provider),
    };
    await expect(moveByCopy(raced, 'a', 'b')).rejects.toMatchObject({ code: 'Conflict', key: 'a' });
    expect(String(await readAll((await provider.download('a')).body))).toBe('new');
  });

  it('copies nothing of a source that was written to before the copy', async () => {
    const provider = new MemoryStorageProvider();
    await provider.upload('a', 'old');
    const raced = {
      capabilities: provider.capabilities,
      async stat(key: string) {
        const found = await provider.stat(key);
        await provider.upload('a', 'new');
        return found;
      },
      copy: provider.copy.bind(provider),
      delete: provider.delete.bind(provider),
    };
    await expect(moveByCopy(raced, 'a', 'b')).rejects.toMatchObject({ code: 'Conflict', key: 'a' });
    expect(await provider.exists('b')).toBe(false);
  });

  it('tells the caller’s own conditions apart from a change in between', async () => {
    const provider = new MemoryStorageProvider();
    await provider.upload('a', 'old');
    const stale = { type: 'match', etag: 'stale' as ETag } as const;
    for (const options of [{ sourceCondition: stale }, { condition: stale }]) {
      const moved = moveByCopy(provider, 'a', 'b', options);
      await expect(moved).rejects.toMatchObject({ code: 'PreconditionFailed' });
    }
    expect(await provider.exists('a')).toBe(true);
  });
});

describe('carriedOptions', () => {
  it('make a copy in another store that differs in nothing', async () => {
    const [from, to] = [new MemoryStorageProvider(), new MemoryStorageProvider()];
    await from.upload('a.txt', 'content', {
      contentType: 'text/x-own',
      cacheControl: 'no-store',
      contentDisposition: 'inline',
      metadata: { author: 'Zoë' },
    });
    const { metadata, body } = await from.download('a.txt');
    const copy = await to.upload('a.txt', body, carriedOptions(metadata));
    expect(copy).toEqual({ ...metadata, lastModified: copy.lastModified });
    expect(await readAll((await to.download('a.txt')).body)).toEqual(Buffer.from('content'));
  });

  it('refuse a content that is not the one that they describe', async () => {
    const provider = new MemoryStorageProvider();
    const metadata = await provider.upload('a', 'content');
    await expect(provider.upload('b', 'CONTENT', carriedOptions(metadata))).rejects.toMatchObject({
      code: 'ChecksumMismatch',
      operation: 'upload',
      key: 'b',
    });
  });
});

describe('MemoryStorageProvider', () => {
  it('has the name that it is given', async () => {
    const provider = new MemoryStorageProvider({ name: 'cache' });
    expect(provider.name).toBe('cache');
    await expect(provider.stat('a')).rejects.toMatchObject({ provider: 'cache' });
    expect(new MemoryStorageProvider().name).toBe('memory');
  });

  it('checks a CRC-64/NVME that is expected', async () => {
    const provider = new MemoryStorageProvider();
    const checksums = { crc64nvme: 'ae8b14860a799888' };
    await provider.upload('a', '123456789', { checksums });
    const wrong = provider.upload('a', '12345678', { checksums });
    await expect(wrong).rejects.toMatchObject({ code: 'ChecksumMismatch' });
  });

  it('stores nothing that arrives after it was closed', async () => {
    const provider = new MemoryStorageProvider();
    const body = (async function* () {
      yield Buffer.from('a');
      await provider.close();
    })();
    await expect(provider.upload('a', body)).rejects.toMatchObject({
      code: 'Unavailable',
      retryable: false,
    });
  });
});
