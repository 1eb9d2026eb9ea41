import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import {
  type HealthReport,
  isStorageError,
  MemoryStorageProvider,
  readAll,
  StorageError,
  type StorageProvider,
  type UploadOptions,
} from '@org/storage-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { layered, retry, type TimeoutOptions, timeout } from '../src/index.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Stands for an operation that never ends, whatever becomes of its signal. */
const never = <T>() => new Promise<T>(() => {});

const FILE = 'a file';

/** A store in which some members are replaced. */
async function store(members: Partial<StorageProvider>): Promise<StorageProvider> {
  const memory = new MemoryStorageProvider();
  await memory.upload(FILE, 'x'.repeat(100_000));
  return {
    name: memory.name,
    capabilities: memory.capabilities,
    tags: memory.tags,
    upload: (key, body, options) => memory.upload(key, body, options),
    download: (key, options) => memory.download(key, options),
    stat: (key, options) => memory.stat(key, options),
    exists: (key, options) => memory.exists(key, options),
    delete: (key, options) => memory.delete(key, options),
    deleteMany: (keys, options) => memory.deleteMany(keys, options),
    list: (options) => memory.list(options),
    copy: (from, to, options) => memory.copy(from, to, options),
    move: (from, to, options) => memory.move(from, to, options),
    checkHealth: (options) => memory.checkHealth(options),
    close: () => memory.close(),
    [Symbol.asyncDispose]: () => memory.close(),
    ...members,
  };
}

/** What the promise comes to, as a value that can be looked at when time has passed. */
function settled(promise: Promise<unknown>) {
  return promise.catch((error: unknown) => error);
}

const timedOut = expect.objectContaining({ code: 'Timeout', retryable: true });

it('an operation that takes too long is ended with Timeout, and told so by its signal', async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const provider = layered(
    await store({
      stat(_, options) {
        signals.push(options?.signal);
        return never();
      },
    }),
    timeout(50),
  );
  const stat = settled(provider.stat(FILE));
  await vi.advanceTimersByTimeAsync(49);
  expect(signals[0]?.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  const error = await stat;
  expect(error).toEqual(timedOut);
  expect(error).toMatchObject({ operation: 'stat', key: FILE, provider: 'memory' });
  expect(String(error)).toContain('50 ms');
  expect(signals[0]?.reason).toMatchObject({ name: 'TimeoutError' });
  expect(vi.getTimerCount()).toBe(0);
});

it('what changes something gets time to clean up, and is then given up on', async () => {
  let told = false;
  const provider = layered(
    await store({
      copy: (_, __, options) =>
        new Promise((_, reject) => {
          options?.signal?.addEventListener('abort', () => {
            told = true;
            setTimeout(() => reject(new StorageError('Aborted', 'cleaned up')), 30);
          });
        }),
      move: () => never(),
    }),
    timeout({ milliseconds: 50, grace: 100 }),
  );
  let ended = false;
  const copy = settled(provider.copy(FILE, 'b')).finally(() => {
    ended = true;
  });
  await vi.advanceTimersByTimeAsync(79);
  expect([told, ended]).toEqual([true, false]);
  await vi.advanceTimersByTimeAsync(1);
  expect(await copy).toEqual(timedOut);
  const move = settled(provider.move(FILE, 'b'));
  await vi.advanceTimersByTimeAsync(150);
  expect(await move).toEqual(timedOut);
  expect(vi.getTimerCount()).toBe(0);
});

it('an answer that comes in the time to clean up counts', async () => {
  const late = <T>(settle: () => T) =>
    new Promise<T>((resolve, reject) => {
      setTimeout(() => {
        try {
          resolve(settle());
        } catch (error) {
          reject(error);
        }
      }, 60);
    });
  const provider = layered(
    await store({
      delete: () => late(() => {}),
      copy: () =>
        late(() => {
          throw new StorageError('AlreadyExists', 'there is one');
        }),
    }),
    timeout(50),
  );
  const deleted = provider.delete(FILE);
  const copied = settled(provider.copy(FILE, 'b'));
  await vi.advanceTimersByTimeAsync(60);
  await deleted;
  expect(await copied).toMatchObject({ code: 'AlreadyExists' });
});

it('operations have limits of their own, and an upload has none unless it is named', async () => {
  const inner = await store({ stat: never, exists: never, upload: never });
  const options: TimeoutOptions = {
    milliseconds: 50,
    operations: { stat: 200, exists: Number.POSITIVE_INFINITY },
  };
  const provider = layered(inner, timeout(options));
  let settledAt: string[] = [];
  const note = (what: string) => () => {
    settledAt = [...settledAt, what];
  };
  provider.stat(FILE).catch(note('stat'));
  provider.exists(FILE).catch(note('exists'));
  provider.upload('b', 'x').catch(note('upload'));
  await vi.advanceTimersByTimeAsync(199);
  expect(settledAt).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000_000);
  expect(settledAt).toEqual(['stat']);
  const named = layered(inner, timeout({ operations: { upload: 10 }, grace: 0 }));
  const upload = settled(named.upload('b', 'x'));
  await vi.advanceTimersByTimeAsync(10);
  expect(await upload).toEqual(timedOut);
});

it('a limit of a download ends when the body is handed out', async () => {
  const provider = layered(await store({}), timeout(50));
  const { body } = await provider.download(FILE);
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await readAll(body)).byteLength).toBe(100_000);
});

it('a body that is handed out too late is destroyed', async () => {
  const late = new Readable({ read() {} });
  const inner = await store({});
  const { metadata } = await inner.download(FILE);
  let answer = () => {};
  const provider = layered(
    {
      ...inner,
      download: () =>
        new Promise((resolve) => {
          answer = () => resolve({ metadata, body: late });
        }),
    },
    timeout(50),
  );
  const download = settled(provider.download(FILE));
  await vi.advanceTimersByTimeAsync(50);
  expect(await download).toEqual(timedOut);
  answer();
  await vi.advanceTimersByTimeAsync(0);
  expect(late.destroyed).toBe(true);
});

it('a body that gives nothing for too long is destroyed with Timeout', async () => {
  const source = new Readable({ read() {} });
  const inner = await store({});
  const { metadata } = await inner.download(FILE);
  const provider = layered(
    { ...inner, download: async () => ({ metadata, body: source }) },
    timeout({ downloadIdle: 100 }),
  );
  const { body } = await provider.download(FILE);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(body.destroyed).toBe(false); // nobody reads
  const read = settled(readAll(body));
  await vi.advanceTimersByTimeAsync(90);
  source.push('some');
  await vi.advanceTimersByTimeAsync(90);
  source.push('more');
  await vi.advanceTimersByTimeAsync(99);
  expect(body.destroyed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(await read).toMatchObject({ code: 'Timeout', operation: 'download', key: FILE });
  expect(source.destroyed).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

it('a slow reader of a body is no reason for Timeout', async () => {
  const provider = layered(await store({}), timeout({ downloadIdle: 10 }));
  const { body } = await provider.download(FILE);
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(size).toBe(100_000);
  expect(vi.getTimerCount()).toBe(0);
});

it('an upload that makes no progress for too long is ended', async () => {
  let progress: UploadOptions['onProgress'];
  const told: number[] = [];
  const provider = layered(
    await store({
      upload(_, __, options) {
        progress = options?.onProgress;
        return never();
      },
    }),
    timeout({ uploadIdle: 100, grace: 0 }),
  );
  let ended = false;
  const onProgress = (bytes: number) => told.push(bytes);
  const upload = settled(provider.upload('b', 'x', { onProgress })).finally(() => {
    ended = true;
  });
  for (const bytes of [1, 2, 3]) {
    await vi.advanceTimersByTimeAsync(90);
    progress?.(bytes);
  }
  await vi.advanceTimersByTimeAsync(99);
  expect([told, ended]).toEqual([[1, 2, 3], false]);
  await vi.advanceTimersByTimeAsync(1);
  expect(await upload).toMatchObject({ code: 'Timeout', operation: 'upload', key: 'b' });
});

it('a listing has its limit for each step, however long the loop around it takes', async () => {
  const inner = await store({});
  for (const key of ['b', 'c']) await inner.upload(key, 'x');
  const provider = layered(inner, timeout(50));
  let seen = 0;
  for await (const _ of provider.list()) {
    seen++;
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(seen).toBe(3);
  expect(vi.getTimerCount()).toBe(0);
  const stuck = layered(
    await store({
      list: () => ({ [Symbol.asyncIterator]: () => ({ next: never }) }),
    }),
    timeout(50),
  );
  const listing = settled(stuck.list()[Symbol.asyncIterator]().next());
  await vi.advanceTimersByTimeAsync(50);
  expect(await listing).toMatchObject({ code: 'Timeout', operation: 'list' });
});

it('checkHealth reports a store that does not answer', async () => {
  const provider = layered(await store({ checkHealth: never }), timeout(50));
  const check = provider.checkHealth();
  await vi.advanceTimersByTimeAsync(50);
  const report: HealthReport = await check;
  expect(report).toMatchObject({ healthy: false, error: { code: 'Timeout' } });
});

it('the caller’s signal still works, before the body and after, and no listener stays', async () => {
  const source = await store({});
  const provider = layered(source, timeout({ milliseconds: 50, uploadIdle: 50, downloadIdle: 50 }));
  const { signal } = new AbortController();
  const options = { signal };
  await provider.upload('b', 'x', options);
  await provider.stat('b', options);
  await provider.copy('b', 'c', options);
  for await (const _ of provider.list(options)) break;
  await readAll((await provider.download('b', options)).body);
  const { body } = await provider.download('b', options);
  const closed = new Promise((resolve) => body.once('close', resolve));
  body.destroy();
  await closed;
  await expect(provider.stat('missing', options)).rejects.toMatchObject({ code: 'NotFound' });
  await vi.waitFor(() => expect(getEventListeners(signal, 'abort')).toHaveLength(0));
  expect(vi.getTimerCount()).toBe(0);

  const controller = new AbortController();
  const seen: (AbortSignal | undefined)[] = [];
  const opening = layered(
    {
      ...source,
      download(key, given) {
        seen.push(given?.signal);
        return source.download(key, given);
      },
    },
    timeout(50),
  );
  const held = await opening.download(FILE, { signal: controller.signal });
  controller.abort('by the caller');
  expect(seen[0]?.reason).toBe('by the caller');
  held.body.destroy();
});

it('retry around timeout tries again, unless it was the caller whose time was over', async () => {
  let calls = 0;
  const inner = await store({});
  const slowOnce: StorageProvider = {
    ...inner,
    stat: (key, options) => (++calls === 1 ? never() : inner.stat(key, options)),
  };
  const provider = layered(slowOnce, retry({ initialDelay: 0, maxDelay: 0 }), timeout(50));
  const stat = provider.stat(FILE);
  await vi.advanceTimersByTimeAsync(50);
  expect((await stat).size).toBe(100_000);
  expect(calls).toBe(2);
  const fired = AbortSignal.abort(new DOMException('too long', 'TimeoutError'));
  const error = await settled(provider.stat(FILE, { signal: fired }));
  expect(isStorageError(error, 'Timeout')).toBe(true);
  expect(calls).toBe(3);
});

it('options are checked when the layer is made', () => {
  for (const milliseconds of [0, -1, Number.NaN, 2 ** 31])
    expect(() => timeout(milliseconds)).toThrow(/milliseconds/);
  const misspelt: TimeoutOptions = { operations: { uplaod: 1 } as never };
  expect(() => timeout(misspelt)).toThrow(/uplaod/);
});
