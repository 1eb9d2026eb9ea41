import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStorageProvider, StorageError, type StorageProvider } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storageFleetRegistry } from '../../src/index.js';
import {
  memberOf,
  type SpoilableHarness,
  testRegistry,
  testSpoiltRegistry,
} from './registry-cases.js';

function testBoth(name: string, open: () => Promise<SpoilableHarness>): void {
  testRegistry(name, open);
  testSpoiltRegistry(name, open);
}

/** A registry in a store that is opened twice. */
function harnessOf(
  provider: StorageProvider,
  other: StorageProvider,
  clean = async () => {},
): SpoilableHarness {
  const prefix = 'Flotte ü/.fleet';
  return {
    registry: storageFleetRegistry(provider, { prefix }),
    other: storageFleetRegistry(other, { prefix }),
    spoil: async (id, text) => {
      await provider.upload(`${prefix}/members/${id}.json`, text);
    },
    async close() {
      await provider.close();
      if (other !== provider) await other.close();
      await clean();
    },
  };
}

testBoth('files in memory', async () => {
  const provider = new MemoryStorageProvider();
  return harnessOf(provider, provider);
});

testBoth('files in a directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'storage-fleet-'));
  const open = () => new LocalStorageProvider({ root: directory });
  return harnessOf(open(), open(), () => rm(directory, { recursive: true }));
});

let server: S3Server;
let buckets = 0;
beforeAll(async () => {
  const names = Array.from({ length: 30 }, (_, at) => `fleet-${at}`);
  server = await startS3Server({ buckets: names });
});
afterAll(() => server.close());

testBoth('objects in S3', async () => {
  const { endpoint, region, credentials } = server;
  const bucket = `fleet-${buckets++}`;
  const open = () =>
    new S3StorageProvider({ bucket, endpoint, region, credentials, server: 'aws' });
  return harnessOf(open(), open());
});

describe('the fleet’s registry in a store', () => {
  const removed = async (
    spoil: (key: string, provider: MemoryStorageProvider) => Promise<void>,
  ) => {
    const provider = new MemoryStorageProvider();
    const registry = storageFleetRegistry(provider);
    const version = (await registry.join(memberOf('a'))) ?? '';
    await spoil('.fleet/members/a.json', provider);
    return { provider, registry, version };
  };

  it('has removed a record although its file could not be deleted, and deletes it later', async () => {
    const { provider, registry, version } = await removed(async (_, store) => {
      const { delete: plain } = store;
      let refused = false;
      store.delete = async (key, options) => {
        if (refused) return plain.call(store, key, options);
        refused = true;
        throw new StorageError('Unavailable', 'not now');
      };
    });
    expect(await registry.remove('a', version)).toBe(true);
    expect(await provider.exists('.fleet/members/a.json')).toBe(true);
    expect(await registry.update(memberOf('a', { beat: 2 }), version)).toBeUndefined();
    expect(await registry.list()).toEqual([]);
    expect(await provider.exists('.fleet/members/a.json')).toBe(false);
  });

  it.each(['native', 'absent'] as const)(
    'leaves no file behind where conditional deletes are %s',
    async (conditionalDelete) => {
      const { provider, registry, version } = await removed(async (_, store) => {
        const capabilities = { ...store.capabilities, conditionalDelete };
        Object.defineProperty(store, 'capabilities', { value: capabilities });
        const { delete: plain } = store;
        store.delete = async (key, options = {}) => {
          const allowed = conditionalDelete === 'native';
          if ((options.condition !== undefined) !== allowed)
            throw new StorageError('AccessDenied', 'not such a delete');
          return plain.call(store, key, options);
        };
      });
      expect(await registry.remove('a', version)).toBe(true);
      expect(await provider.exists('.fleet/members/a.json')).toBe(false);
    },
  );

  it('does not read a file that is too large for a record', async () => {
    const { registry } = await removed(async (key, store) => {
      await store.upload(key, Buffer.alloc(100_000));
    });
    await expect(registry.list()).rejects.toThrow('it has 100000 bytes');
  });

  it('does not take a foreign file below its prefix for a record, nor for absence', async () => {
    const { registry } = await removed(async (_, store) => {
      await store.upload('.fleet/members/notes.txt', 'to do');
    });
    await expect(registry.list()).rejects.toThrow('.fleet/members/notes.txt');
  });

  it('does not give out tokens where the last one can’t be read', async () => {
    const { registry } = await removed(async (_, store) => {
      await store.upload('.fleet/token.json', '{"token":"7"}');
    });
    await expect(registry.nextToken()).rejects.toMatchObject({ code: 'Unsupported' });
  });

  it.each([
    '{"format":2,"mode":"hybrid","number":1}',
    '{"format":1,"mode":"halfway","number":1}',
    '{"format":1,"mode":"hybrid","number":"1"}',
    'hybrid',
  ])('does not take %s for a wanted mode, nor for none', async (text) => {
    const { registry } = await removed(async (_, store) => {
      await store.upload('.fleet/wanted.json', text);
    });
    await expect(registry.wanted()).rejects.toMatchObject({ code: 'Unsupported' });
    await expect(registry.wanted()).rejects.toThrow('.fleet/wanted.json');
  });

  it('asks again for a token after a conflict with others', async () => {
    const { provider, registry } = await removed(async () => {});
    const { upload } = provider;
    let conflicts = 3;
    provider.upload = (...given) => {
      if (conflicts-- > 0) throw new StorageError('Conflict', 'ConditionalRequestConflict');
      return upload.apply(provider, given);
    };
    expect(await registry.nextToken()).toBe(1);
    expect(await registry.nextToken()).toBe(2);
  });

  it('does not take a failure of the store for the absence of a record', async () => {
    const { registry } = await removed(async (_, store) => {
      store.download = async () => {
        throw new StorageError('Unavailable', 'not now');
      };
    });
    await expect(registry.list()).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('is refused by a store that ignores conditions, once the store was tried where there is a doubt', async () => {
    const provider = new MemoryStorageProvider({ name: 'simple' });
    const without = { ...provider.capabilities, conditionalUpdate: 'absent' } as const;
    const altered = (probe?: StorageProvider['probe']) =>
      new Proxy<StorageProvider>(provider, {
        get(target, name) {
          if (name === 'capabilities') return without;
          if (name === 'probe') return probe;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    for (const store of [altered(), altered(async () => without)]) {
      const joining = storageFleetRegistry(store).join(memberOf('a'));
      await expect(joining).rejects.toMatchObject({ code: 'Unsupported' });
    }
    const { capabilities } = provider;
    const tried = storageFleetRegistry(altered(async () => capabilities));
    expect(await tried.join(memberOf('a'))).toBeDefined();
  });

  it('refuses a prefix that is no key', () => {
    const provider = new MemoryStorageProvider();
    expect(() => storageFleetRegistry(provider, { prefix: '/fleet' })).toThrow('/fleet');
  });
});
