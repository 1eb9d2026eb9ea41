import { Readable } from 'node:stream';
import { memoryFleetRegistry, wantMode } from '@org/storage-hybrid';
import { describe, expect, it } from 'vitest';
import type { ReadFlags, StorageFlags } from '../../src/index.js';
import { factoryOf, until } from './fixtures.js';

const files = {
  provider: 'hybrid',
  mode: 'source',
  handedOver: true,
  source: { provider: 'memory' },
  target: { provider: 'memory' },
} as const;

/** So seldom that a test sees only what it asks for itself. */
const flagsEvery = 600_000;

describe('flags', () => {
  it('switch the mode, while the storage is at work', async () => {
    let mode: StorageFlags['mode'] = 'source';
    const { factory, told } = await factoryOf(
      { storages: { files } },
      { flags: () => ({ mode }), flagsEvery },
    );
    const storage = await factory.get();
    await storage.upload('a', 'text');
    for (const next of ['prepare', 'hybrid', 'target'] as const) {
      mode = next;
      await factory.reload();
      expect(await factory.flags()).toMatchObject({ mode });
      await storage.exists('a');
      await until(async () => {
        const { stage } = (await factory.checkHealth())['files'] ?? {};
        return stage === (next === 'hybrid' ? 'settled' : next);
      });
    }
    expect(told).toEqual(
      Array.from({ length: 3 }, () => ({
        type: 'changed',
        storage: 'files',
        settings: ['storages.files.mode'],
      })),
    );
  });

  it('may come late, as from a service, and are asked for again and again', async () => {
    let flags: StorageFlags = { readOnly: true };
    const asked: string[] = [];
    const read: ReadFlags = async (name) => {
      asked.push(name);
      await new Promise((resolve) => setImmediate(resolve));
      return flags;
    };
    const { factory } = await factoryOf(
      { storages: { one: { provider: 'memory' }, two: { provider: 'memory' } } },
      { flags: read, flagsEvery: 10 },
    );
    const storage = await factory.get('one');
    await expect(storage.upload('a', 'text')).rejects.toMatchObject({ code: 'AccessDenied' });
    flags = {};
    await until(() =>
      storage.upload('a', 'text').then(
        () => true,
        () => false,
      ),
    );
    expect(new Set(asked)).toEqual(new Set(['one']));
    expect(await factory.get('two')).not.toBe(storage); // it may get other flags
  });

  it('set and take away limits', async () => {
    let flags: StorageFlags = {};
    const { factory } = await factoryOf(
      {
        storages: {
          files: { provider: 'memory', layers: { concurrencyLimit: 7, bandwidthLimit: '1MiB' } },
        },
      },
      { flags: () => flags, flagsEvery },
    );
    const storage = await factory.get();
    await storage.upload('a', 'text');
    expect(await factory.flags()).toEqual({
      readOnly: false,
      concurrencyLimit: { operations: 7 },
      bandwidthLimit: { upload: 1_048_576, download: 1_048_576 },
    });
    flags = { concurrencyLimit: { operations: 1, downloads: 1, queue: 0 }, bandwidthLimit: false };
    await factory.reload();
    expect(await factory.flags()).toMatchObject({ bandwidthLimit: undefined });
    const { body } = await storage.download('a');
    await expect(storage.download('a')).rejects.toMatchObject({ code: 'Throttled' });
    body.destroy();
    flags = { concurrencyLimit: false };
    await factory.reload();
    const open = await Promise.all(Array.from({ length: 20 }, () => storage.download('a')));
    for (const each of open) each.body.destroy();
  });

  it('slow transfers down, and let those go on that wait', async () => {
    let flags: StorageFlags = { bandwidthLimit: 1 };
    const { factory } = await factoryOf(
      { storages: { files: { provider: 'memory' } } },
      { flags: () => flags, flagsEvery },
    );
    const storage = await factory.get();
    let ended = false;
    const upload = storage.upload('a', Readable.from([Buffer.alloc(1_000_000), 'end'])).then(() => {
      ended = true;
    });
    for (let i = 0; i < 200; i++) {
      await storage.exists('a');
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(ended).toBe(false); // it would take days
    flags = {};
    await factory.reload();
    await upload;
    expect((await storage.stat('a')).size).toBe(1_000_003);
  });

  it('that are wrong, or can’t be had, are told once, and the last ones stay', async () => {
    let flags: () => unknown = () => ({ readOnly: true });
    const read: ReadFlags = () => flags() as StorageFlags;
    const { factory, told } = await factoryOf(
      { storages: { files: { provider: 'memory' } } },
      { flags: read, flagsEvery },
    );
    const storage = await factory.get();
    for (const bad of [() => ({ readOnly: 'perhaps' }), () => ({ readonly: false }), () => 5]) {
      told.length = 0;
      flags = bad;
      await factory.reload();
      await factory.reload();
      expect(told).toMatchObject([
        { type: 'failed', from: 'flags', error: { code: 'InvalidArgument' } },
      ]);
      await expect(storage.upload('a', 'text')).rejects.toMatchObject({ code: 'AccessDenied' });
    }
    told.length = 0;
    flags = () => {
      throw new Error('the service is away');
    };
    await factory.reload();
    expect(told).toMatchObject([
      { type: 'failed', error: { cause: new Error('the service is away') } },
    ]);
    flags = () => ({});
    await factory.reload();
    await storage.upload('a', 'text');
  });

  it('that can’t be had at the start keep a storage from being opened, and it is tried again', async () => {
    let away = true;
    const { factory } = await factoryOf(
      { storages: { files } },
      {
        flagsEvery,
        async flags() {
          if (away) throw new Error('the service is away');
          return { mode: 'target' };
        },
      },
    );
    await expect(factory.get()).rejects.toThrow('the service is away');
    away = false;
    await factory.get();
    expect(await factory.flags()).toMatchObject({ mode: 'target' });
  });

  it('count before the mode of the fleet’s registry, which counts before the configuration’s', async () => {
    const registry = memoryFleetRegistry();
    await wantMode({ registry, mode: 'prepare' });
    for (const [flags, stage] of [
      [{ mode: 'source' }, 'source'],
      [{}, 'prepare'],
    ] as const) {
      const { factory } = await factoryOf(
        { storages: { files } },
        { flags: () => flags, flagsEvery, registries: { files: registry } },
      );
      await (await factory.get()).exists('a');
      expect(await factory.checkHealth()).toMatchObject({ files: { stage } });
      await factory.close();
    }
  });
});
