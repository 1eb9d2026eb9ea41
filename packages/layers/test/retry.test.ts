import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Readable } from 'node:stream';
import {
  type Body,
  type FileMetadata,
  type ListOptions,
  MemoryStorageProvider,
  readAll,
  StorageError,
  type StorageErrorCode,
  type StorageProvider,
  type UploadOptions,
} from '@org/storage-core';
import { expect, it } from 'vitest';
import { layered, type RetryEvent, type RetryOptions, retry } from '../src/index.js';
import { everything } from './everything.js';
import { Faults } from './faults.js';

function setting(options: RetryOptions = {}) {
  const memory = new MemoryStorageProvider();
  const faults = new Faults();
  const provider = layered(memory, retry({ initialDelay: 1, ...options }), faults.layer);
  return { memory, faults, provider };
}

async function namesOf(provider: StorageProvider, options?: ListOptions): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of provider.list(options))
    names.push(entry.type === 'file' ? entry.key : entry.prefix);
  return names;
}

const absent = { condition: { type: 'absent' } } as const;
const matching = ({ etag }: FileMetadata) => ({ condition: { type: 'match', etag } }) as const;

it('repeats what reads until it succeeds', async () => {
  const { memory, faults, provider } = setting();
  await memory.upload('a', 'content');
  faults.plan('stat', 'Unavailable').plan('stat', 'Throttled');
  expect((await provider.stat('a')).size).toBe(7);
  faults.plan('exists', 'Timeout');
  expect(await provider.exists('a')).toBe(true);
  faults.plan('download', 'Unavailable');
  expect((await readAll((await provider.download('a')).body)).toString()).toBe('content');
  faults.plan('setTags', 'Timeout', 'lost').plan('getTags', 'Conflict');
  await provider.tags?.set('a', { kind: 'x' });
  expect(await provider.tags?.get('a')).toEqual({ kind: 'x' });
});

it('makes so many attempts and no more, and hands on the last error', async () => {
  const { faults, provider } = setting({ attempts: 2 });
  faults.plan('stat', 'Unavailable').plan('stat', 'Timeout').plan('stat', 'Unavailable');
  await expect(provider.stat('a')).rejects.toMatchObject({ code: 'Timeout' });
  expect(faults.count('stat')).toBe(2);
});

it('does not repeat what is not retryable', async () => {
  const { faults, provider } = setting();
  await expect(provider.stat('missing')).rejects.toMatchObject({ code: 'NotFound' });
  faults.plan('stat', new StorageError('Unavailable', 'closed', { retryable: false }));
  await expect(provider.stat('a')).rejects.toMatchObject({ code: 'Unavailable' });
  expect(faults.count('stat')).toBe(2);
});

it.each<[string, () => Body]>([
  ['bytes', () => Buffer.from('content')],
  ['text', () => 'content'],
  ['a Blob', () => new Blob(['content'])],
])('an upload of %s is repeated, also when its answer was lost', async (_, body) => {
  const { faults, provider, memory } = setting();
  faults.plan('upload', 'Unavailable').plan('upload', 'Timeout', 'lost');
  await provider.upload('a', body());
  expect(faults.count('upload')).toBe(3);
  expect((await readAll((await memory.download('a')).body)).toString()).toBe('content');
});

it.each<[string, () => Body]>([
  ['a Readable', () => Readable.from([Buffer.from('content')])],
  ['a web stream', () => new Blob(['content']).stream() as never],
  [
    'an async generator',
    async function* () {
      yield Buffer.from('content');
    },
  ],
])('an upload of %s is sent once only', async (_, body) => {
  const { faults, provider } = setting();
  faults.plan('upload', 'Throttled');
  await expect(provider.upload('a', body())).rejects.toMatchObject({ code: 'Throttled' });
  expect(faults.count('upload')).toBe(1);
});

it('progress ascends over all attempts', async () => {
  const memory = new MemoryStorageProvider();
  let attempts = 0;
  const inParts: StorageProvider = Object.assign(Object.create(memory), {
    async upload(key: string, body: Body, options: UploadOptions = {}) {
      attempts++;
      for (const bytes of [10, 20]) options.onProgress?.(bytes);
      if (attempts === 1) throw new StorageError('Unavailable', 'gone');
      return memory.upload(key, body, options);
    },
  });
  const told: number[] = [];
  const onProgress = (bytes: number) => told.push(bytes);
  await layered(inParts, retry({ initialDelay: 1 })).upload('a', 'x'.repeat(30), { onProgress });
  expect(told).toEqual([10, 20, 30]);
});

/** A conditional write of each kind, over the file `a`. */
const CONDITIONAL: Readonly<
  Record<string, (provider: StorageProvider, file: FileMetadata) => Promise<unknown>>
> = {
  'a create-only upload': (provider) => provider.upload('new', 'x', absent),
  'an upload over one version': (provider, file) => provider.upload('a', 'x', matching(file)),
  'a delete of one version': (provider, file) => provider.delete('a', matching(file)),
  'a create-only copy': (provider) => provider.copy('a', 'new', absent),
  'a copy of one version': (provider, { etag }) =>
    provider.copy('a', 'new', { sourceCondition: { type: 'match', etag } }),
};

for (const [what, write] of Object.entries(CONDITIONAL)) {
  it.each<StorageErrorCode>(['Unavailable', 'Timeout'])(
    `${what} is not repeated after %s: it may have happened`,
    async (code) => {
      const { memory, faults, provider } = setting();
      const file = await memory.upload('a', 'old');
      for (const operation of ['upload', 'delete', 'copy'] as const)
        faults.plan(operation, code, 'lost');
      await expect(write(provider, file)).rejects.toMatchObject({ code });
      expect(faults.calls).toHaveLength(1);
    },
  );

  it.each<StorageErrorCode>(['Throttled', 'Conflict'])(
    `${what} is repeated after %s: nothing was done`,
    async (code) => {
      const { memory, faults, provider } = setting();
      const file = await memory.upload('a', 'old');
      for (const operation of ['upload', 'delete', 'copy'] as const) faults.plan(operation, code);
      await write(provider, file);
      expect(faults.calls).toHaveLength(2);
    },
  );
}

it('a copy and a delete without a condition are repeated, also when their answers were lost', async () => {
  const { memory, faults, provider } = setting();
  await memory.upload('a', 'old');
  faults.plan('copy', 'Timeout', 'lost').plan('delete', 'Timeout', 'lost');
  await provider.copy('a', 'b');
  await provider.delete('a');
  expect(await namesOf(memory)).toEqual(['b']);
});

it('a move is repeated only where its source is still there', async () => {
  const { memory, faults, provider } = setting();
  await memory.upload('a', 'old');
  faults.plan('move', 'Throttled');
  await provider.move('a', 'b');
  faults.plan('move', 'Timeout', 'lost');
  await expect(provider.move('b', 'c')).rejects.toMatchObject({ code: 'Timeout' });
  expect(await namesOf(memory)).toEqual(['c']);
  faults.plan('move', 'Throttled');
  await expect(provider.move('c', 'd', absent)).rejects.toMatchObject({ code: 'Throttled' });
});

it('a listing goes on after its last entry, with each entry once', async () => {
  const { memory, faults, provider } = setting({ attempts: 2 });
  for (const key of ['a', 'b/1', 'b/2', 'c/1', 'd', 'e']) await memory.upload(key, 'x');
  // Three failures, of which no two are at one place: the attempts count anew from each entry on.
  faults.plan('list', 'Unavailable', 0).plan('list', 'Unavailable', 2).plan('list', 'Timeout', 1);
  expect(await namesOf(provider, { delimiter: '/' })).toEqual(['a', 'b/', 'c/', 'd', 'e']);
  expect(faults.count('list')).toBe(4);
  faults.plan('list', 'Unavailable', 3);
  expect(await namesOf(provider, { prefix: 'b', startAfter: 'b/1' })).toEqual(['b/2']);
});

it('a listing that fails twice at one place fails', async () => {
  const { memory, faults, provider } = setting({ attempts: 2 });
  for (const key of ['a', 'b']) await memory.upload(key, 'x');
  faults.plan('list', 'Unavailable', 1).plan('list', 'Unavailable', 0);
  await expect(namesOf(provider)).rejects.toMatchObject({ code: 'Unavailable' });
});

it('what a repeated listing skips is told once', async () => {
  const faults = new Faults();
  const memory = new MemoryStorageProvider();
  await memory.upload('a', 'x');
  const skipping = Object.assign(Object.create(memory), {
    async *list(options: ListOptions = {}) {
      options.onSkip?.({ reason: 'link', path: 'link', detail: 'a link' });
      yield* memory.list({ ...options, onSkip: undefined });
    },
  });
  const provider = layered(skipping, retry({ initialDelay: 1 }), faults.layer);
  faults.plan('list', 'Unavailable', 0);
  const told: string[] = [];
  expect(await namesOf(provider, { onSkip: ({ path }) => told.push(path) })).toEqual(['a']);
  expect(told).toEqual(['link']);
});

it('deleteMany repeats the keys that failed and may pass, and no others', async () => {
  const memory = new MemoryStorageProvider();
  const asked: string[][] = [];
  const failing = new Set(['b', 'c', 'e']);
  const provider = layered(
    Object.assign(Object.create(memory), {
      async deleteMany(keys: Iterable<string>) {
        const all = [...keys];
        asked.push(all);
        const failed = all
          .filter((key) => failing.has(key))
          .map((key) => ({
            key,
            error: new StorageError(key === 'e' ? 'AccessDenied' : 'Throttled', 'planned'),
          }));
        failing.delete('b');
        return { deleted: all.filter((key) => !failed.some((one) => one.key === key)), failed };
      },
    }),
    retry({ initialDelay: 1, attempts: 3 }),
  );
  const keys = (function* () {
    yield* ['a', 'b', 'c', 'd', 'e'];
  })();
  const result = await provider.deleteMany(keys);
  expect(asked).toEqual([['a', 'b', 'c', 'd', 'e'], ['b', 'c'], ['c']]);
  expect(result.deleted).toEqual(['a', 'd', 'b']);
  expect(result.failed.map(({ key, error }) => [key, error.code])).toEqual([
    ['e', 'AccessDenied'],
    ['c', 'Throttled'],
  ]);
});

it('deleteMany of a generator is repeated whole where it was refused whole', async () => {
  const { memory, faults, provider } = setting();
  await memory.upload('a', 'x');
  faults.plan('deleteMany', 'Unavailable', 'lost');
  const keys = (function* () {
    yield 'a';
  })();
  expect(await provider.deleteMany(keys)).toEqual({ deleted: ['a'], failed: [] });
  expect(await namesOf(memory)).toEqual([]);
});

it('a signal ends the wait, and leaves no listener', async () => {
  const { faults, provider } = setting({ initialDelay: 1e9, maxDelay: 2 ** 31 - 1 });
  faults.plan('stat', 'Unavailable');
  const controller = new AbortController();
  const onRetry = () => setImmediate(() => controller.abort());
  subscribe('org.storage.retry', onRetry);
  try {
    const stat = provider.stat('a', { signal: controller.signal });
    await expect(stat).rejects.toMatchObject({ code: 'Aborted', operation: 'stat', key: 'a' });
  } finally {
    unsubscribe('org.storage.retry', onRetry);
  }
  expect(faults.count('stat')).toBe(1);
});

it('where the signal has fired, nothing is repeated, and nothing told', async () => {
  const { faults, provider } = setting();
  const told: unknown[] = [];
  const note = (message: unknown) => {
    if ((message as RetryEvent).key === 'too late') told.push(message);
  };
  subscribe('org.storage.retry', note);
  try {
    const signal = AbortSignal.abort(new DOMException('too long', 'TimeoutError'));
    await expect(provider.stat('too late', { signal })).rejects.toMatchObject({ code: 'Timeout' });
  } finally {
    unsubscribe('org.storage.retry', note);
  }
  expect([faults.count('stat'), told]).toEqual([1, []]);
});

it('the channel tells of each repetition before the wait', async () => {
  const { faults, provider } = setting({ maxDelay: 3 });
  faults.plan('getTags', 'Unavailable').plan('getTags', 'Throttled').plan('getTags', 'Timeout');
  const events: RetryEvent[] = [];
  const note = (message: unknown) => {
    const event = message as RetryEvent;
    if (event.key === 'told') events.push(event);
  };
  subscribe('org.storage.retry', note);
  try {
    await expect(provider.tags?.get('told')).rejects.toMatchObject({ code: 'Timeout' });
  } finally {
    unsubscribe('org.storage.retry', note);
  }
  expect(events).toMatchObject([
    { operation: 'getTags', provider: 'memory', key: 'told', attempt: 1 },
    { attempt: 2, error: { code: 'Throttled' } },
  ]);
  for (const { delay } of events) expect(delay).toBeLessThanOrEqual(3);
});

it('waits for as long as the store has asked, beyond its own bound', async () => {
  const { memory, faults, provider } = setting({ maxDelay: 3 });
  await memory.upload('asked', 'x');
  const asked = (retryAfter: number) =>
    new StorageError('Throttled', 'slow down', { operation: 'stat', retryAfter });
  faults.plan('stat', asked(20)).plan('stat', asked(0));
  const delays: number[] = [];
  const note = (message: unknown) => {
    const { key, delay } = message as RetryEvent;
    if (key === 'asked') delays.push(delay);
  };
  subscribe('org.storage.retry', note);
  try {
    await provider.stat('asked');
  } finally {
    unsubscribe('org.storage.retry', note);
  }
  const [first = 0, second = 0] = delays;
  expect(first).toBeGreaterThanOrEqual(20);
  expect(first).toBeLessThanOrEqual(23);
  expect(second).toBeLessThanOrEqual(3);
});

it('does not wait for longer than a minute', async () => {
  const { faults, provider } = setting();
  const given = AbortSignal.timeout(20);
  faults.plan('stat', new StorageError('Throttled', 'slow down', { retryAfter: 3_600_000 }));
  const delays: number[] = [];
  const note = (message: unknown) => {
    const { key, delay } = message as RetryEvent;
    if (key === 'for long') delays.push(delay);
  };
  subscribe('org.storage.retry', note);
  try {
    const stat = provider.stat('for long', { signal: given });
    await expect(stat).rejects.toMatchObject({ code: 'Timeout' });
  } finally {
    unsubscribe('org.storage.retry', note);
  }
  expect(Math.floor((delays[0] ?? 0) / 1000)).toBe(60);
});

it('completing an upload, and beginning one by a ticket, are repeated only if nothing was done', async () => {
  const { provider: inner, memory } = everything(['a']);
  await memory.upload('a', 'x');
  const faults = new Faults();
  const provider = layered(inner, retry({ initialDelay: 1 }), faults.layer);
  const complete = () => provider.multipart?.complete('a', 'u', []);
  const begin = { type: 'multipart', contentLength: 1 } as const;
  faults.plan('completeUpload', 'Throttled').plan('createUploadTicket', 'Throttled');
  await complete();
  await provider.createUploadTicket?.('a', begin);
  faults.plan('completeUpload', 'Timeout', 'lost').plan('createUploadTicket', 'Timeout', 'lost');
  await expect(complete()).rejects.toMatchObject({ code: 'Timeout' });
  const begun = provider.createUploadTicket?.('a', begin);
  await expect(begun).rejects.toMatchObject({ code: 'Timeout' });
  faults.plan('createUploadTicket', 'Timeout', 'lost');
  await provider.createUploadTicket?.('a', { ...begin, uploadId: 'u' });
  expect([faults.count('completeUpload'), faults.count('createUploadTicket')]).toEqual([3, 5]);
});

it('a listing that can’t be resumed is repeated until its first entry', async () => {
  const faults = new Faults();
  const provider = layered(
    everything(['a', 'b']).provider,
    retry({ initialDelay: 1 }),
    faults.layer,
  );
  const listed = async () => {
    const keys: string[] = [];
    for await (const { key } of provider.multipart?.list() ?? []) keys.push(key);
    return keys;
  };
  faults.plan('listUploads', 'Unavailable', 0);
  expect(await listed()).toEqual(['a', 'b']);
  faults.plan('listUploads', 'Unavailable', 1);
  await expect(listed()).rejects.toMatchObject({ code: 'Unavailable' });
});

it('checkHealth is asked once: it tells what is', async () => {
  const { faults, provider } = setting();
  faults.plan('checkHealth', 'Unavailable');
  await expect(provider.checkHealth()).rejects.toMatchObject({ code: 'Unavailable' });
});

it('options are checked when the layer is made', () => {
  expect(() => retry({ attempts: 0 })).toThrow(/attempts/);
  expect(() => retry({ maxDelay: -1 })).toThrow(/maxDelay/);
  expect(() => retry({ tries: 3 } as RetryOptions)).toThrow(/no option "tries"/);
});

it('the options of an upload are handed on as they are', async () => {
  const { memory, provider } = setting();
  const options: UploadOptions = { contentType: 'text/x-own', metadata: { a: 'b' } };
  await provider.upload('a', 'x', options);
  expect(await memory.stat('a')).toMatchObject(options);
});
