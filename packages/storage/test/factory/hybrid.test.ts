import { join } from 'node:path';
import { MemoryStorageProvider, StorageError } from '@org/storage-core';
import { memoryFleetRegistry, wantMode } from '@org/storage-hybrid';
import { sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ConfigurationInput, StorageFactory } from '../../src/index.js';
import { factoryOf, server, temporaryDirectory, textOf, until } from './fixtures.js';

/** The SQLite files of registries that are open: their descriptors don’t tell, since the driver keeps them for a while. */
const registries = vi.hoisted(() => ({ open: new Set<string>() }));

vi.mock('@org/storage-migration', async (original) => {
  const real = await original<typeof import('@org/storage-migration')>();
  return {
    ...real,
    sqliteFleetRegistry(file: string) {
      const registry = real.sqliteFleetRegistry(file);
      const close = registry.close.bind(registry);
      registries.open.add(file);
      registry.close = async () => {
        await close();
        registries.open.delete(file);
      };
      return registry;
    },
  };
});

type HybridInput = Extract<ConfigurationInput['storages'][string], { readonly provider: 'hybrid' }>;

const FAST = { heartbeat: '20ms', drain: '1h', margin: '1m' };

const inMemory = {
  provider: 'hybrid',
  mode: 'hybrid',
  source: { provider: 'memory' },
  target: { provider: 'memory' },
} satisfies HybridInput;

async function sqlite() {
  const file = join(await temporaryDirectory(), 'fleet', 'fleet.db');
  const members = async () => {
    const registry = sqliteFleetRegistry(file);
    const entries = await registry.list();
    await registry.close();
    return entries.map(({ member }) => member);
  };
  return { file, registry: `sqlite:${file}`, members };
}

describe('a hybrid storage', () => {
  it('moves from a directory to a bucket, with a spool, in a fleet', async () => {
    const directory = await temporaryDirectory();
    const { at } = await server('files');
    const { file, registry, members } = await sqlite();
    const { factory } = await factoryOf({
      storages: {
        files: {
          provider: 'hybrid',
          mode: 'hybrid',
          source: { provider: 'local', root: join(directory, 'source'), createRoot: true },
          target: { ...at, bucket: 'files', layers: { circuitBreaker: {}, timeout: '30s' } },
          spool: {
            store: { provider: 'local', root: join(directory, 'spool'), createRoot: true },
            maxBytes: '1GiB',
          },
          failover: { reads: 'source' },
          fleet: { registry, ...FAST, note: 'release 7' },
        },
      },
    });
    const storage = await factory.get();
    await storage.upload('a', 'text');
    expect(await textOf(storage, 'a')).toBe('text');
    const bucket = new S3StorageProvider({ ...at, bucket: 'files' });
    expect(await textOf(bucket, 'a')).toBe('text');
    await bucket.close();
    const health = (await factory.checkHealth())['files'];
    expect(health).toMatchObject({
      healthy: true,
      stage: 'settled',
      sides: { source: { healthy: true }, target: { healthy: true } },
    });
    expect(await members()).toMatchObject([
      { pid: process.pid, note: 'release 7', stages: ['settled'], drain: 3_600_000 },
    ]);
    // The gate has to know of the spool, so it is what the hybrid provider sees first.
    await until(async () => (await members())[0]?.report?.spool !== 'none');
    registries.open.add(file); // the look at the members has closed one of its own
    await factory.close();
    expect(registries.open.has(file)).toBe(false);
    expect(await members()).toEqual([]);
  });

  it('writes to the spool while the bucket is away, and sends it on', async () => {
    const directory = await temporaryDirectory();
    const { server: s3, at } = await server('files');
    const { factory } = await factoryOf({
      storages: {
        files: {
          ...inMemory,
          mode: 'target',
          target: { ...at, bucket: 'files', maxAttempts: 1 },
          spool: {
            store: { provider: 'local', root: directory },
            maxBytes: 'unlimited',
            drainEvery: '20ms',
          },
        },
      },
    });
    const storage = await factory.get();
    const away = s3.faults.add({ type: 'error', code: 'ServiceUnavailable' });
    await storage.upload('a', 'text');
    expect(await textOf(storage, 'a')).toBe('text');
    away.remove();
    const bucket = new S3StorageProvider({ ...at, bucket: 'files' });
    onTestFinished(() => bucket.close());
    await until(() => bucket.exists('a'));
  });

  it('says without a fleet whether the source is handed over', async () => {
    for (const [handedOver, stage] of [
      [undefined, 'hybrid'],
      [true, 'settled'],
    ] as const) {
      const { factory } = await factoryOf({ storages: { files: { ...inMemory, handedOver } } });
      await (await factory.get()).upload('a', 'text');
      expect((await factory.checkHealth())['files']).toMatchObject({ stage });
    }
  });

  it('tells the health of both sides, and what is in the way', async () => {
    const { registry } = await sqlite();
    const fleet = { registry, ...FAST };
    const bad = new MemoryStorageProvider({ name: 'bad' });
    const error = new StorageError('Unavailable', 'away');
    bad.checkHealth = async () => ({ healthy: false, latency: 1, error });
    const first = await factoryOf({ storages: { files: { ...inMemory, mode: 'source', fleet } } });
    await (await first.factory.get()).exists('a');
    const second = await factoryOf(
      {
        storages: {
          files: { ...inMemory, mode: 'prepare', source: { provider: 'bad' }, fleet },
        },
      },
      { providers: { bad: () => bad } },
    );
    await (await second.factory.get()).exists('a');
    expect(await second.factory.checkHealth()).toMatchObject({
      files: {
        healthy: false,
        stage: 'prepare',
        error,
        sides: { source: { healthy: false }, target: { healthy: true } },
      },
    });
    const third = await factoryOf({ storages: { files: { ...inMemory, mode: 'hybrid', fleet } } });
    const storage = await third.factory.get();
    await expect(storage.exists('a')).rejects.toThrow(/is in the stage "source"/);
    expect((await third.factory.checkHealth())['files']?.obstacle).toMatchObject({
      code: 'Unavailable',
    });
  });
});

describe('the fleet', () => {
  it('goes by the mode that its registry holds, once there is one', async () => {
    const { registry } = await sqlite();
    const { factory } = await factoryOf({
      storages: { files: { ...inMemory, mode: 'source', fleet: { registry, ...FAST } } },
    });
    const storage = await factory.get();
    await storage.exists('a');
    expect(await factory.flags()).toMatchObject({ mode: 'source' });
    const opened = sqliteFleetRegistry(registry.slice('sqlite:'.length));
    onTestFinished(() => opened.close());
    await wantMode({ registry: opened, mode: 'prepare' });
    await until(async () => (await factory.checkHealth())['files']?.stage === 'prepare');
    expect(await factory.flags()).toMatchObject({ mode: 'prepare' });
  });

  it('is one for each storage', async () => {
    const { registry, members } = await sqlite();
    const two = {
      ...inMemory,
      source: { provider: 'memory' as const, versions: true },
      fleet: { registry, ...FAST },
    };
    const { factory } = await factoryOf({
      storages: { one: { ...inMemory, fleet: { registry, ...FAST } }, two },
    });
    await (await factory.get('one')).exists('a');
    await expect(factory.get('two')).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringMatching(/"one" and "two" have the same fleet registry/),
    });
    expect(await members()).toHaveLength(1);
  });

  it('may be in memory, one for each storage, or in a registry that is open already', async () => {
    const registry = memoryFleetRegistry();
    let closed = false;
    registry.close = async () => {
      closed = true;
    };
    const { factory } = await factoryOf(
      {
        storages: {
          one: { ...inMemory, name: '1', fleet: { registry: 'memory:' } },
          two: { ...inMemory, name: '2', mode: 'source', fleet: { registry: 'memory:' } },
          three: { ...inMemory, name: '3' },
        },
      },
      { registries: { three: registry } },
    );
    for (const name of factory.names) await (await factory.get(name)).exists('a');
    const health = await factory.checkHealth();
    expect(Object.values(health).map(({ stage }) => stage)).toEqual([
      'settled',
      'source',
      'settled',
    ]);
    expect(await registry.list()).toHaveLength(1);
    await factory.close();
    expect(await registry.list()).toEqual([]);
    expect(closed).toBe(false);
  });

  it('may be in a bucket, which is reached as the target is', async () => {
    const { server: s3, at } = await server('files', 'fleet');
    const { factory } = await factoryOf({
      storages: {
        files: {
          ...inMemory,
          target: { ...at, bucket: 'files' },
          fleet: { registry: 's3://fleet/app', ...FAST },
        },
      },
    });
    await (await factory.get()).upload('a', 'text');
    const bucket = new S3StorageProvider({ ...at, bucket: 'fleet' });
    const keys = async () => {
      const found: string[] = [];
      for await (const entry of bucket.list({ prefix: 'app/.fleet/members/' }))
        if (entry.type === 'file') found.push(entry.key);
      return found;
    };
    expect(await keys()).toHaveLength(1);
    await factory.close();
    expect(await keys()).toHaveLength(0);
    await bucket.close();
    await until(() => s3.connections === 0);
  });
});

it('what was opened is closed again where the rest can’t be', async () => {
  const closed: string[] = [];
  const noted = (_: unknown, { name }: { readonly name: string }) => {
    const provider = new MemoryStorageProvider({ name });
    provider.close = async () => {
      closed.push(name);
    };
    return provider;
  };
  const directory = await temporaryDirectory();
  const factory = await StorageFactory.open(
    {
      storages: {
        files: {
          ...inMemory,
          source: { provider: 'noted' },
          target: { provider: 'noted' },
          fleet: { registry: `sqlite:${directory}` }, // which is no file
        },
      },
    },
    { providers: { noted } },
  );
  await expect(factory.get()).rejects.toMatchObject({ name: 'StorageError' });
  expect(new Set(closed)).toEqual(new Set(['files.source', 'files.target']));
  await expect(factory.get()).rejects.toMatchObject({ name: 'StorageError' }); // and not that another storage has the registry
  await factory.close();
});
