import { isStorageError, MemoryStorageProvider, type StorageProvider } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { HybridStorageProvider, isTombstone, type Mode } from '../src/index.js';
import { contentOf, inMemory } from './fixtures.js';

async function keysOf(provider: StorageProvider): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of provider.list()) if (entry.type === 'file') keys.push(entry.key);
  return keys;
}

describe('where files go', () => {
  it.each([
    { mode: 'source', source: ['new', 'old'], target: [] },
    { mode: 'prepare', source: ['new', 'old'], target: [] },
    { mode: 'hybrid', source: ['old'], target: ['new'] },
    { mode: 'target', source: ['old'], target: ['new'] },
  ] as const)('new files in the mode $mode', async ({ mode, source, target }) => {
    const stores = inMemory({ mode });
    await stores.source.upload('old', 'before');
    await stores.storage.upload('new', 'content');
    expect(await keysOf(stores.source)).toEqual(source);
    expect(await keysOf(stores.target)).toEqual(target);
  });

  it('prepare writes to the target what the target has already, and leaves the source’s file', async () => {
    const { source, target, storage } = inMemory({ mode: 'prepare' });
    await source.upload('k', 'old');
    await target.upload('k', 'newer');
    await storage.upload('k', 'newest');
    expect(await contentOf(target, 'k')).toBe('newest');
    expect(await contentOf(source, 'k')).toBe('old');
  });

  it('hybrid drops the source’s file that is overwritten', async () => {
    const { source, target, storage } = inMemory();
    await source.upload('k', 'old');
    await storage.upload('k', 'new');
    expect(await keysOf(source)).toEqual([]);
    expect(await contentOf(target, 'k')).toBe('new');
  });

  it.each(['prepare', 'hybrid'] as const)(
    'a delete in the mode %s hides and removes the source’s file',
    async (mode) => {
      const { source, target, storage } = inMemory({ mode });
      await source.upload('a', 'old');
      await target.upload('b', 'copied');
      await storage.delete('a');
      await storage.delete('b');
      expect(await keysOf(storage)).toEqual([]);
      expect(await keysOf(source)).toEqual([]);
      expect(isTombstone(await target.stat('b'))).toBe(true);
    },
  );

  it('the mode target deletes plainly, and knows tombstones', async () => {
    const { target, storage } = inMemory();
    await storage.delete('gone');
    const later = new HybridStorageProvider({
      ...{ source: new MemoryStorageProvider(), target, mode: 'target' },
    });
    await expect(later.stat('gone')).rejects.toMatchObject({ code: 'NotFound' });
    await later.upload('gone', 'again', { condition: { type: 'absent' } });
    await later.delete('gone');
    expect(await target.exists('gone')).toBe(false);
  });
});

describe('the way from mode to mode', () => {
  it('goes through every mode between, with the neighbours’ leave', async () => {
    const entered: string[] = [];
    let mode: Mode = 'source';
    const { storage } = inMemory({
      mode: () => mode,
      neighbours: {
        async enter(stage) {
          entered.push(stage);
          return undefined;
        },
        async entered() {},
        writeObstacle: () => undefined,
        async leave() {},
      },
    });
    await storage.upload('k', '1');
    mode = 'target';
    await storage.upload('k', '2');
    await expect.poll(() => storage.stage).toBe('target');
    expect(entered).toEqual(['source', 'prepare', 'hybrid', 'settled', 'target']);
    mode = 'prepare';
    await storage.exists('k');
    await expect.poll(() => storage.stage).toBe('prepare');
    expect(entered.slice(5)).toEqual(['settled', 'hybrid', 'prepare']);
  });

  it('waits for the operations that began in the mode before', async () => {
    let mode: Mode = 'prepare';
    const { storage, source } = inMemory({ mode: () => mode });
    let finish = () => {};
    const slow = async function* () {
      yield Buffer.from('slow');
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    };
    const upload = storage.upload('k', slow());
    await expect.poll(() => storage.stage).toBe('prepare');
    mode = 'hybrid';
    await storage.exists('other');
    await expect.poll(() => storage.stage).toBe('hybrid');
    await storage.exists('other');
    expect(storage.stage).toBe('hybrid');
    finish();
    await upload;
    await expect.poll(() => storage.stage).toBe('settled');
    expect(await contentOf(source, 'k')).toBe('slow');
  });

  it('stays where it is while a neighbour is in the way, and tells who', async () => {
    let obstacle: string | undefined = 'process 7 is in the mode "source"';
    let mode: Mode = 'prepare';
    const { storage } = inMemory({
      mode: () => mode,
      neighbours: {
        enter: async (stage) => (stage === 'hybrid' ? obstacle : undefined),
        async entered() {},
        writeObstacle: () => undefined,
        async leave() {},
      },
    });
    await storage.upload('k', '1');
    mode = 'hybrid';
    await storage.upload('k', '2');
    await expect.poll(() => storage.obstacle?.message).toContain('process 7');
    expect(storage.stage).toBe('prepare');
    expect(await contentOf(storage, 'k')).toBe('2');
    obstacle = undefined;
    await storage.exists('k');
    await expect.poll(() => storage.stage).toBe('settled');
    expect(storage.obstacle).toBeUndefined();
  });

  it('does not begin at all where a neighbour forbids the first mode', async () => {
    const { storage } = inMemory({
      neighbours: {
        enter: async () => 'process 7 is in the mode "source"',
        async entered() {},
        writeObstacle: () => undefined,
        async leave() {},
      },
    });
    await expect(storage.upload('k', 'v')).rejects.toMatchObject({
      code: 'Unavailable',
      retryable: true,
      message: expect.stringContaining('process 7'),
    });
  });

  it('before the hand-over, what the source has is not changed on a condition', async () => {
    let handedOver = false;
    const { source, storage } = inMemory({ handedOver: () => handedOver });
    const { etag } = await source.upload('k', 'old');
    const condition = { type: 'match', etag } as const;
    for (const change of [
      () => storage.upload('k', 'new', { condition }),
      () => storage.delete('k', { condition }),
    ])
      await expect(change()).rejects.toMatchObject({ code: 'Conflict', retryable: true });
    expect(await contentOf(storage, 'k')).toBe('old');
    handedOver = true;
    await storage.exists('k');
    await expect.poll(() => storage.stage).toBe('settled');
    await storage.upload('k', 'new', { condition });
    expect(await contentOf(storage, 'k')).toBe('new');
  });
});

describe('a target that ignores conditions', () => {
  it('is refused in every mode but source, with what it lacks and what can be done', async () => {
    const capabilities = new MemoryStorageProvider().capabilities;
    const careless = Object.assign(new MemoryStorageProvider(), {
      capabilities: { ...capabilities, conditionalCreate: 'absent' as const },
    });
    let mode: Mode = 'source';
    const { storage, source } = inMemory({ target: careless, mode: () => mode });
    await storage.upload('k', 'v');
    mode = 'prepare';
    await storage.upload('k', 'w');
    await expect.poll(() => storage.obstacle?.code).toBe('Unsupported');
    expect(storage.obstacle?.message).toMatch(/conditionalCreate.*maintenance window/);
    expect(await contentOf(source, 'k')).toBe('w');

    const first = inMemory({ target: careless, mode: 'hybrid' }).storage;
    await expect(first.upload('k', 'v')).rejects.toSatisfy((e) => isStorageError(e, 'Unsupported'));
  });

  it('is found out by a trial, where there is a doubt', async () => {
    const store = new MemoryStorageProvider();
    const doubtful = { ...store.capabilities, conditionalUpdate: 'absent' as const };
    const tried = Object.assign(store, {
      capabilities: doubtful,
      probe: async () => ({ ...doubtful, conditionalUpdate: 'native' as const }),
    });
    const { storage } = inMemory({ target: tried });
    await storage.upload('k', 'v');
    expect(await contentOf(store, 'k')).toBe('v');
  });
});
