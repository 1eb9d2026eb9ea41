import {
  type Capabilities,
  MemoryStorageProvider,
  OPERATIONS,
  operationChannel,
  type StorageProvider,
} from '@org/storage-core';
import { expect, it } from 'vitest';
import { defineLayer, type Layer, layered, type Operations, retry } from '../src/index.js';
import { everything } from './everything.js';
import { Faults } from './faults.js';

/** Each operation of a provider with every optional member, once. */
const CALLS: Readonly<Record<keyof Operations, (provider: StorageProvider) => unknown>> = {
  upload: (provider) => provider.upload('a', 'x'),
  download: (provider) => provider.download('a'),
  stat: (provider) => provider.stat('a'),
  exists: (provider) => provider.exists('a'),
  copy: (provider) => provider.copy('a', 'b'),
  move: (provider) => provider.move('b', 'c'),
  delete: (provider) => provider.delete('c'),
  deleteMany: (provider) => provider.deleteMany(['c']),
  list: (provider) => first(provider.list()),
  checkHealth: (provider) => provider.checkHealth(),
  probe: (provider) => provider.probe?.(),
  createDownloadUrl: (provider) => provider.createDownloadUrl?.('a'),
  createUploadTicket: (provider) => provider.createUploadTicket?.('a'),
  getTags: (provider) => provider.tags?.get('a'),
  setTags: (provider) => provider.tags?.set('a', {}),
  listVersions: (provider) => first(provider.versions?.list()),
  restoreVersion: (provider) => provider.versions?.restore('a', 'v'),
  listUploads: (provider) => first(provider.multipart?.list()),
  listParts: (provider) => first(provider.multipart?.listParts('a', 'u')),
  completeUpload: (provider) => provider.multipart?.complete('a', 'u', []),
  abortUpload: (provider) => provider.multipart?.abort('a', 'u'),
  sweepUploads: (provider) => provider.multipart?.sweep({ initiatedBefore: new Date() }),
};

async function first(listing: AsyncIterable<unknown> | undefined): Promise<unknown> {
  for await (const entry of listing ?? []) return entry;
  return undefined;
}

it('every operation of the contract passes a layer under its name', async () => {
  const faults = new Faults();
  const provider = layered(everything(['a']).provider, faults.layer);
  for (const call of Object.values(CALLS)) await call(provider);
  expect(faults.calls.map(({ operation }) => operation)).toEqual(Object.keys(CALLS));
  expect(Object.keys(CALLS).sort()).toEqual([...OPERATIONS].sort());
});

it('a layer that misses an operation does not compile', () => {
  // @ts-expect-error: sweepUploads is missing
  const one: Layer = defineLayer(({ sweepUploads: _, ...others }) => others);
  // @ts-expect-error: probe is missing, which a provider may lack and a layer may not
  const optional: Layer = defineLayer(({ probe: _, ...others }) => others);
  expect([one, optional]).toHaveLength(2);
});

it('the first layer is the outermost', async () => {
  const passed: string[] = [];
  const passing = (name: string): Layer =>
    defineLayer((inner) => ({
      ...inner,
      stat(key, options) {
        passed.push(name);
        return inner.stat(key, options);
      },
    }));
  const memory = new MemoryStorageProvider();
  await memory.upload('a', 'x');
  await layered(memory, passing('first'), passing('second'), passing('third')).stat('a');
  expect(passed).toEqual(['first', 'second', 'third']);
  expect(layered(memory)).toBe(memory);
});

it('capabilities and optional members are those that the provider has now', async () => {
  const { provider: inner, memory } = everything();
  const { versions: there, probe, ...others } = inner;
  let capabilities: Capabilities = memory.capabilities;
  let versions: StorageProvider['versions'];
  const changing: StorageProvider = Object.defineProperties(
    { ...others },
    { capabilities: { get: () => capabilities }, versions: { get: () => versions } },
  );
  const provider = layered(changing, retry());
  expect(provider.versions).toBeUndefined();
  expect(provider.probe).toBeUndefined();
  expect(provider.capabilities.versions).toBe('absent');
  capabilities = { ...capabilities, versions: 'native' };
  versions = there;
  expect(provider.capabilities.versions).toBe('native');
  expect(provider.versions).toBe(provider.versions);
  const held = provider.versions;
  versions = undefined;
  await expect(held?.restore('a', 'v')).rejects.toMatchObject({ code: 'Unsupported' });
  expect(probe).toBeDefined();
});

it('a layer publishes no events of operations: the provider within does', async () => {
  const started: unknown[] = [];
  const channel = operationChannel('stat');
  const note = (event: unknown) => {
    if ((event as { key?: string }).key === 'one event') started.push(event);
  };
  channel.start.subscribe(note);
  try {
    const memory = new MemoryStorageProvider();
    await memory.upload('one event', 'x');
    await layered(memory, retry(), retry()).stat('one event');
  } finally {
    channel.start.unsubscribe(note);
  }
  expect(started).toHaveLength(1);
});

it('closing a layer closes the provider within', async () => {
  const memory = new MemoryStorageProvider();
  const provider = layered(memory, retry());
  await provider[Symbol.asyncDispose]();
  expect((await memory.checkHealth()).healthy).toBe(false);
  await provider.close();
});
