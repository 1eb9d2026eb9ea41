import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { MemoryStorageProvider, readAll, type StorageProvider } from '@org/storage-core';
import { expect, it } from 'vitest';
import {
  type ConcurrencyLimitOptions,
  concurrencyLimit,
  type Layer,
  layered,
} from '../src/index.js';

/** A store whose `stat` ends when it is told to. */
async function setting(options: ConcurrencyLimitOptions | Layer) {
  const memory = new MemoryStorageProvider();
  await memory.upload('a', 'x'.repeat(1_000));
  const under: { readonly key: string; end(): void }[] = [];
  let most = 0;
  const inner: StorageProvider = Object.assign(Object.create(memory), {
    name: 'memory',
    capabilities: memory.capabilities,
    upload: memory.upload.bind(memory),
    download: memory.download.bind(memory),
    list: memory.list.bind(memory),
    checkHealth: memory.checkHealth.bind(memory),
    async stat(key: string) {
      await new Promise<void>((end) => {
        under.push({ key, end });
        most = Math.max(most, under.length);
      });
      return memory.stat('a');
    },
  });
  const end = async () => {
    under.shift()?.end();
    await turn();
  };
  const keys = () => under.map(({ key }) => key);
  return {
    memory,
    provider: layered(inner, typeof options === 'function' ? options : concurrencyLimit(options)),
    keys,
    end,
    most: () => most,
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('lets so many operations through, and the others in the order of arrival', async () => {
  const { provider, keys, end, most } = await setting({ operations: 2 });
  const stats = ['1', '2', '3', '4', '5'].map((key) => provider.stat(key));
  await turn();
  expect(keys()).toEqual(['1', '2']);
  await end();
  expect(keys()).toEqual(['2', '3']);
  await end();
  expect(keys()).toEqual(['3', '4']);
  await end();
  await end();
  await end();
  await Promise.all(stats);
  expect(most()).toBe(2);
});

it('a call whose signal fires leaves the queue, and no listener stays', async () => {
  const { provider, keys, end } = await setting({ operations: 1 });
  const first = provider.stat('1');
  const controller = new AbortController();
  const { signal } = controller;
  const body = new Readable({ read() {} });
  const upload = provider.upload('b', body, { signal }).catch((error: unknown) => error);
  const waiting = provider.stat('2', { signal }).catch((error: unknown) => error);
  const kept = new AbortController();
  const last = provider.stat('3', { signal: kept.signal });
  await turn();
  body.emit('error', new Error('while it waits')); // does not end the process
  controller.abort();
  expect(await upload).toMatchObject({ code: 'Aborted', operation: 'upload', key: 'b' });
  expect(await waiting).toMatchObject({ code: 'Aborted', operation: 'stat', provider: 'memory' });
  expect(body.destroyed).toBe(true);
  await end();
  expect(keys()).toEqual(['3']);
  await end();
  await Promise.all([first, last]);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  expect(getEventListeners(kept.signal, 'abort')).toHaveLength(0);
});

it('a failure gives the place back', async () => {
  const { provider } = await setting({ operations: 1 });
  await expect(provider.download('missing')).rejects.toMatchObject({ code: 'NotFound' });
  await expect(provider.upload('a//b', 'x')).rejects.toMatchObject({ code: 'InvalidKey' });
  await provider.upload('b', 'x');
  expect((await readAll((await provider.download('b')).body)).toString()).toBe('x');
});

it('a download has its place until its body has ended, or is destroyed', async () => {
  const { provider } = await setting({ operations: 5, downloads: 1 });
  const first = await provider.download('a');
  let opened = 0;
  const second = provider.download('a').then((download) => {
    opened++;
    return download;
  });
  await turn();
  expect(opened).toBe(0);
  await readAll(first.body);
  const third = provider.download('a');
  (await second).body.destroy();
  expect((await readAll((await third).body)).byteLength).toBe(1_000);
});

it('a file passes from a download to an upload with one place of each', async () => {
  const { provider, memory } = await setting({ operations: 1 });
  const { body } = await provider.download('a');
  await provider.upload('b', body);
  expect((await memory.stat('b')).size).toBe(1_000);
});

it('the loop around a listing may use the only place', async () => {
  const { provider, memory } = await setting({ operations: 1 });
  await memory.upload('b', 'x');
  const copies: string[] = [];
  for await (const entry of provider.list()) {
    if (entry.type !== 'file') continue;
    for await (const _ of provider.list({ prefix: entry.key })) break;
    await provider.upload(`copies/${entry.key}`, 'x');
    copies.push(entry.key);
  }
  expect(copies).toEqual(['a', 'b']);
});

it('checkHealth waits for nothing', async () => {
  const { provider, end } = await setting({ operations: 1 });
  const stat = provider.stat('1');
  expect((await provider.checkHealth()).healthy).toBe(true);
  await turn();
  await end();
  await stat;
});

it('a call too many for the queue is refused with Throttled, its body discarded', async () => {
  const { provider, end } = await setting({ operations: 1, queue: 1 });
  const stats = [provider.stat('1'), provider.stat('2')];
  const body = new Readable({ read() {} });
  await expect(provider.upload('b', body)).rejects.toMatchObject({
    code: 'Throttled',
    retryable: true,
    operation: 'upload',
    key: 'b',
  });
  expect(body.destroyed).toBe(true);
  await turn();
  await end();
  await end();
  await Promise.all(stats);
});

it('providers that share the layer share its places', async () => {
  const layer = concurrencyLimit({ operations: 1, queue: 0 });
  const [one, two] = await Promise.all([setting({ operations: 9 }), setting({ operations: 9 })]);
  const stat = layered(one.provider, layer).stat('1');
  await turn();
  const refused = layered(two.provider, layer).stat('1');
  await expect(refused).rejects.toMatchObject({ code: 'Throttled' });
  await one.end();
  await stat;
});

it('options are checked when the layer is made', () => {
  expect(() => concurrencyLimit({} as ConcurrencyLimitOptions)).toThrow(/operations/);
  expect(() => concurrencyLimit({ operations: 0 })).toThrow(/operations/);
  expect(() => concurrencyLimit({ operations: 1, queue: 0.5 })).toThrow(/queue/);
});

it('more places serve those who wait, of fewer nobody loses one', async () => {
  const limit = concurrencyLimit({ operations: 1 });
  const { provider, keys, end } = await setting(limit);
  const stats = ['1', '2', '3', '4'].map((key) => provider.stat(key));
  await turn();
  expect(keys()).toEqual(['1']);
  limit.operations = 3;
  await turn();
  expect(keys()).toEqual(['1', '2', '3']);
  limit.operations = 1;
  await end();
  await end();
  expect(keys()).toEqual(['3']);
  await end();
  expect(keys()).toEqual(['4']);
  await end();
  await Promise.all(stats);
  expect(limit.operations).toBe(1);
});

it('without a limit all are let through, and a limit that comes later holds for the next ones', async () => {
  const limit = concurrencyLimit({ operations: Number.POSITIVE_INFINITY });
  const { memory, provider, keys, end } = await setting(limit);
  await memory.upload('b', 'x');
  const stats = ['1', '2'].map((key) => provider.stat(key));
  const open = await Promise.all([provider.download('b'), provider.download('b')]);
  await turn();
  expect(keys()).toEqual(['1', '2']);
  limit.operations = 1;
  limit.downloads = 1;
  limit.queue = 0;
  stats.push(provider.stat('3'));
  await turn();
  expect(keys()).toEqual(['1', '2', '3']);
  await expect(provider.stat('4')).rejects.toMatchObject({ code: 'Throttled' });
  for (const { body } of open) body.destroy();
  for (const _ of [1, 2, 3]) await end();
  await Promise.all(stats);
});

it('a limit that is none is refused, and the one before stays', () => {
  const limit = concurrencyLimit({ operations: 2 });
  for (const value of [0, 1.5, Number.NaN, -1]) {
    expect(() => {
      limit.operations = value;
    }).toThrow(/operations of concurrencyLimit is a whole number, 1 or more, or Infinity/);
  }
  expect([limit.operations, limit.downloads, limit.queue]).toEqual([
    2,
    2,
    Number.POSITIVE_INFINITY,
  ]);
});
