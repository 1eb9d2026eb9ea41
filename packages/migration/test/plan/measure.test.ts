import { MemoryStorageProvider, StorageError, type UploadOptions } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { plan } from '../../src/index.js';
import { altered, keysOf, memoryWith } from '../fixtures.js';
import { bucket, directoryWith, everythingIn } from './fixtures.js';

const MIB = 1024 ** 2;

function someFiles() {
  const files: Record<string, string | Buffer> = {
    empty: '',
    'large.bin': Buffer.alloc(18 * MIB, 1),
  };
  for (let i = 0; i < 30; i++) files[`d/${i}`] = Buffer.alloc(100 + i * 300, i);
  return files;
}

describe('a sample of the source', () => {
  it('gives a range of seconds, and what it rests on', async () => {
    const { source } = await directoryWith(someFiles());
    const { time } = await plan({ source, windowHours: [4, 8] });
    expect(time).toMatchObject({
      measured: 'source',
      sample: { files: 32 },
      limit: { side: 'source' },
      windows: [
        { hours: 4, low: 1, high: 1 },
        { hours: 8, low: 1, high: 1 },
      ],
    });
    expect(time?.low).toBeGreaterThan(0);
    expect(time?.likely).toBeGreaterThanOrEqual(time?.low ?? 0);
    expect(time?.high).toBeGreaterThanOrEqual(time?.likely ?? 0);
    expect(time?.sample.bytes).toBeLessThan(18 * MIB); // of the large one, 16 MiB
  });

  it('does without files that can’t be read', async () => {
    const memory = await memoryWith({ a: '1', b: '2' });
    const source = altered(memory, {
      download: async (key, options) => {
        if (key === 'a') throw new StorageError('AccessDenied', 'a is secret');
        return memory.download(key, options);
      },
    });
    expect((await plan({ source })).time?.sample.files).toBe(1);
    const closed = altered(memory, {
      download: async () => {
        throw new StorageError('AccessDenied', 'all is secret');
      },
    });
    expect((await plan({ source: closed })).time).toBeUndefined();
  });
});

describe('a sample that is sent to the target', () => {
  it('is created conditionally below its prefix, and removed', async () => {
    const { source } = await directoryWith(someFiles());
    const { server, target } = await bucket();
    await target.upload('there/before', 'kept');
    const sent: [string, UploadOptions | undefined][] = [];
    const watched = altered(target, {
      upload: (key, body, options) => {
        sent.push([key, options]);
        return target.upload(key, body, options);
      },
    });
    const found = await plan({ source, target: watched, measure: 'target' });
    expect(found.time).toMatchObject({ measured: 'target', sample: { files: 32 } });
    expect(found.checked.target).toBe(true);
    expect(found.leftover).toBeUndefined();
    expect(await everythingIn(target)).toEqual(['there/before']);
    expect(sent).toHaveLength(32);
    for (const [key, options] of sent) {
      expect(key).toMatch(/^\.storage\/plan-[0-9a-f-]{36}\/\d+$/);
      expect(options?.condition).toEqual({ type: 'absent' });
    }
    expect(server.requests.count('UploadPart')).toBeGreaterThan(0);
    for await (const upload of target.multipart.list()) expect(upload).toBeUndefined();
  });

  it('is read back, for the time that a verification takes', async () => {
    const { source } = await directoryWith(someFiles());
    const { server, target } = await bucket();
    const { time } = await plan({ source, target, measure: 'target' });
    for (const { low, likely, high } of Object.values(time?.verification ?? {})) {
      expect(low).toBeGreaterThan(0);
      expect(likely).toBeGreaterThanOrEqual(low);
      expect(high).toBeGreaterThanOrEqual(likely);
    }
    expect(Object.keys(time?.verification ?? {})).toEqual(['checksum', 'content']);
    const read = server.requests.last().filter(({ operation }) => operation === 'GetObject');
    expect(new Set(read.map(({ key }) => key)).size).toBe(32);
    expect((await plan({ source })).time).not.toHaveProperty('verification');
  });

  it('tells nothing of a verification where nobody may read it', async () => {
    const source = await memoryWith({ a: '1' });
    const memory = new MemoryStorageProvider();
    const target = altered(memory, {
      download: async () => {
        throw new StorageError('AccessDenied', 'write only');
      },
    });
    const { time } = await plan({ source, target, measure: 'target' });
    expect(time).toMatchObject({ measured: 'target' });
    expect(time).not.toHaveProperty('failure');
    expect(time).not.toHaveProperty('verification');
    expect(await keysOf(memory)).toEqual([]);
  });

  it('leaves no versions in a bucket that keeps them', async () => {
    const target = new MemoryStorageProvider({ versions: true });
    const source = await memoryWith({ a: '1', b: '2' });
    await plan({ source, target, measure: 'target' });
    const left: string[] = [];
    for await (const { key } of target.versions?.list() ?? []) left.push(key);
    expect(left).toEqual([]);
  });

  it('is removed when the target fails, and the plan tells what it knows of the source', async () => {
    const { source } = await directoryWith(someFiles());
    const { target } = await bucket();
    const tried: string[] = [];
    const failing = altered(target, {
      upload: async (key, body, options) => {
        tried.push(key);
        if (tried.length > 5) throw new StorageError('AccessDenied', 'no more of that');
        return target.upload(key, body, options);
      },
    });
    const found = await plan({ source, target: failing, measure: 'target' });
    expect(tried.length).toBeGreaterThan(5);
    expect(found.time).toMatchObject({ measured: 'source', failure: 'no more of that' });
    expect(await everythingIn(target)).toEqual([]);
  });

  it('counts what was stored although the answer was lost', async () => {
    const source = await memoryWith({ a: '1' });
    const memory = new MemoryStorageProvider();
    const target = altered(memory, {
      upload: async (key, body, options) => {
        await memory.upload(key, body, options);
        throw new StorageError('AlreadyExists', `${key} exists already`, { operation: 'upload' });
      },
    });
    const { time } = await plan({ source, target, measure: 'target' });
    expect(time).toMatchObject({ measured: 'target', sample: { files: 1 } });
    expect(await keysOf(memory)).toEqual([]);
  });

  it('is not taken for missing in the source when it is the bucket that has gone', async () => {
    const source = await memoryWith({ a: '1' });
    const target = altered(new MemoryStorageProvider(), {
      upload: async () => {
        throw new StorageError('NotFound', 'there is no bucket', { operation: 'upload' });
      },
    });
    const { time } = await plan({ source, target, measure: 'target' });
    expect(time).toMatchObject({ measured: 'source', failure: 'there is no bucket' });
  });

  it('is measured also where what earlier plans left can’t be listed', async () => {
    const source = await memoryWith({ a: '1' });
    const target = altered(new MemoryStorageProvider(), {
      list: () => {
        throw new StorageError('AccessDenied', 'no listing');
      },
    });
    const { time } = await plan({ source, target, measure: 'target' });
    expect(time).toMatchObject({ measured: 'target' });
    expect(time).not.toHaveProperty('failure');
  });

  it('is removed when the plan is interrupted', async () => {
    const { source } = await directoryWith(someFiles());
    const { target } = await bucket();
    const abort = new AbortController();
    const interrupted = plan({
      source,
      target,
      measure: 'target',
      signal: abort.signal,
      onEvent: (event) => {
        if (event.type === 'measuring' && event.side === 'target' && event.done === 10)
          abort.abort();
      },
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'Aborted' });
    expect(await everythingIn(target)).toEqual([]);
  });

  it('that can’t be removed is told of', async () => {
    const source = await memoryWith({ a: '1' });
    const memory = new MemoryStorageProvider();
    const target = altered(memory, {
      deleteMany: async (keys) => ({
        deleted: [],
        failed: [...keys].map((key) => ({ key, error: new StorageError('AccessDenied', 'no') })),
      }),
    });
    const { leftover } = await plan({ source, target, measure: 'target' });
    expect(leftover).toEqual({
      prefix: expect.stringMatching(/^\.storage\/plan-.+\/$/),
      message: 'no',
    });
    expect((await keysOf(memory)).every((key) => key.startsWith(leftover?.prefix ?? '-'))).toBe(
      true,
    );
  });

  it('is not sent where the target ignores conditions', async () => {
    const source = await memoryWith({ a: '1' });
    const { server, target } = await bucket({ faults: [{ type: 'ignore-preconditions' }] });
    const refused = plan({ source, target, measure: 'target' });
    await expect(refused).rejects.toMatchObject({ code: 'Unsupported', operation: 'migrate' });
    expect(server.requests.last().some(({ key }) => key?.startsWith('.storage/plan-'))).toBe(false);
  });
});
