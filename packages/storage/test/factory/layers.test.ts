import { MemoryStorageProvider, StorageError, type StorageProvider } from '@org/storage-core';
import { expect, it } from 'vitest';
import type { ConfigurationInput } from '../../src/index.js';
import { factoryOf, textOf } from './fixtures.js';

type LayersInput = NonNullable<ConfigurationInput['storages'][string]['layers']>;

/** A storage with layers around one whose operations are counted, and may fail or hang. */
async function layeredStorage(layers: LayersInput, side?: 'source' | 'target') {
  const inner = new MemoryStorageProvider();
  const calls: string[] = [];
  let trouble: (() => Promise<never>) | undefined;
  const odd = new Proxy<StorageProvider>(inner, {
    get(store, name) {
      const value: unknown = Reflect.get(store, name, store);
      if (typeof value !== 'function') return value;
      return async (...given: unknown[]) => {
        calls.push(String(name));
        if (trouble !== undefined && name !== 'close') await trouble();
        return Reflect.apply(value, store, given);
      };
    },
  });
  const plain = { provider: 'memory' as const };
  const { factory } = await factoryOf(
    {
      storages: {
        files:
          side === undefined
            ? { provider: 'odd', layers }
            : {
                provider: 'hybrid',
                mode: side,
                handedOver: true,
                source: plain,
                target: plain,
                [side]: { provider: 'odd', layers },
              },
      },
    },
    { providers: { odd: () => odd } },
  );
  return {
    inner,
    calls,
    storage: await factory.get(),
    fail(error: StorageError | undefined) {
      trouble = error && (() => Promise.reject(error));
    },
    hang() {
      trouble = () => new Promise(() => {});
    },
  };
}

const AWAY = new StorageError('Unavailable', 'the store is away');
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPgPAAEDAQAIicLsAAAAAElFTkSuQmCC',
  'base64',
);

it('a storage that may only be read refuses before anything is done', async () => {
  const { storage, calls } = await layeredStorage({
    readOnly: true,
    detectContentType: true,
    circuitBreaker: {},
  });
  await expect(storage.upload('a', PNG)).rejects.toMatchObject({ code: 'AccessDenied' });
  expect(calls).toEqual([]);
});

it('rules for caching go by the type that was found, for keys without the folder', async () => {
  const { storage, inner } = await layeredStorage({
    detectContentType: true,
    cacheControl: { 'image/png': 'public, max-age=60' },
    prefix: 'tenant',
  });
  await storage.upload('a', PNG);
  expect(await inner.stat('tenant/a')).toMatchObject({
    contentType: 'image/png',
    cacheControl: 'public, max-age=60',
  });
});

it('each attempt counts for the circuit, and is refused while it is open', async () => {
  const { storage, calls, fail } = await layeredStorage({
    retry: { attempts: 5, initialDelay: 0 },
    circuitBreaker: { opens: { type: 'consecutive', failures: 2 }, openFor: '1h' },
  });
  fail(AWAY);
  await expect(storage.stat('a')).rejects.toThrow(/was not tried: the circuit is open/);
  expect(calls).toEqual(['stat', 'stat']);
});

it('a time limit is for one attempt, counts for the circuit, and waiting for a place does not count', async () => {
  const { storage, calls, hang } = await layeredStorage({
    timeout: '20ms',
    concurrencyLimit: 1,
    circuitBreaker: { opens: { type: 'consecutive', failures: 3 }, openFor: '1h' },
    retry: { attempts: 1 },
  });
  hang();
  const stats = await Promise.allSettled(['a', 'b', 'c'].map((key) => storage.stat(key)));
  expect(stats.map((each) => each.status === 'rejected' && each.reason.code)).toEqual(
    Array.from({ length: 3 }, () => 'Timeout'),
  );
  expect(calls).toEqual(['stat', 'stat', 'stat']); // none has used up its time while it waited
  await expect(storage.stat('d')).rejects.toThrow(/the circuit is open/);
});

it('an upload that is slowed down can be repeated', async () => {
  const { storage, calls, fail } = await layeredStorage({
    bandwidthLimit: '1GB',
    retry: { attempts: 2, initialDelay: 0 },
  });
  fail(AWAY);
  await expect(storage.upload('a', 'text')).rejects.toBe(AWAY);
  fail(undefined);
  await storage.upload('a', 'text');
  expect(calls).toEqual(['upload', 'upload', 'upload']);
  expect(await textOf(storage, 'a')).toBe('text');
});

it('`false` takes a layer away', async () => {
  const { storage, calls, fail } = await layeredStorage({ retry: false, readOnly: false });
  fail(AWAY);
  await expect(storage.stat('a')).rejects.toMatchObject({ code: 'Unavailable' });
  expect(calls).toEqual(['stat']);
});

it('what the provider can do shows through all of them', async () => {
  const { storage, inner } = await layeredStorage({
    readOnly: false,
    detectContentType: true,
    cacheControl: true,
    prefix: 'p',
    retry: {},
    circuitBreaker: {},
    concurrencyLimit: 10,
    timeout: '1m',
    bandwidthLimit: { upload: '1GB' },
  });
  expect(storage.capabilities).toEqual(inner.capabilities);
  expect(storage.tags).toBeDefined();
  expect(storage.versions).toBeUndefined();
});

for (const side of ['source', 'target'] as const) {
  it(`the ${side} of a hybrid storage has layers of its own`, async () => {
    const { storage, calls, fail } = await layeredStorage(
      { retry: { attempts: 3, initialDelay: 0 } },
      side,
    );
    expect(await storage.exists('a')).toBe(false);
    calls.length = 0;
    fail(AWAY);
    await expect(storage.stat('a')).rejects.toMatchObject({ code: 'Unavailable' });
    expect(calls.length).toBeGreaterThanOrEqual(3);
  });

  it(`a folder of the ${side} is refused, which a migration would not know of`, async () => {
    await expect(layeredStorage({ prefix: 'p' }, side)).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringContaining(`storages.files.${side}.layers.prefix`),
    });
  });
}
