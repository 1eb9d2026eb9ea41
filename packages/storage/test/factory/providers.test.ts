import { MemoryStorageProvider } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type CreateProvider, defineProvider, StorageFactory } from '../../src/index.js';
import { factoryOf, textOf } from './fixtures.js';

const MEMORY: CreateProvider = (_, { name }) => new MemoryStorageProvider({ name });

describe('a provider of a third party', () => {
  it('is made of its own settings, under the name of the storage', async () => {
    const asked: unknown[] = [];
    const { factory } = await factoryOf(
      {
        storages: {
          pictures: {
            provider: 'gcs',
            bucket: 'b',
            nested: { deep: [1] },
            layers: { prefix: 'p' },
          },
          named: { provider: 'gcs', name: 'other' },
        },
      },
      {
        providers: {
          gcs(settings, context) {
            asked.push([settings, context]);
            return MEMORY(settings, context);
          },
        },
      },
    );
    const storage = await factory.get('pictures');
    await storage.upload('a', 'text');
    expect(await textOf(storage, 'a')).toBe('text');
    expect((await factory.get('named')).name).toBe('other');
    expect(asked).toEqual([
      [{ bucket: 'b', nested: { deep: [1] } }, { name: 'pictures' }],
      [{}, { name: 'other' }],
    ]);
  });

  it('can be a side of a hybrid storage', async () => {
    const made: string[] = [];
    const { factory } = await factoryOf(
      {
        storages: {
          files: {
            provider: 'hybrid',
            mode: 'target',
            handedOver: true,
            source: { provider: 'memory' },
            target: { provider: 'gcs' },
          },
        },
      },
      {
        providers: {
          gcs(settings, context) {
            made.push(context.name);
            return MEMORY(settings, context);
          },
        },
      },
    );
    await (await factory.get()).upload('a', 'text');
    expect(made).toEqual(['files.target']);
  });

  const schemas = {
    'a schema': z.strictObject({ bucket: z.string(), size: z.coerce.number().default(5) }),
    'a function': (given: unknown) =>
      z
        .object({ bucket: z.string(), size: z.coerce.number().default(5) })
        .strict()
        .parse(given),
  };
  for (const [name, settings] of Object.entries(schemas)) {
    it(`has its settings checked by ${name}`, async () => {
      const seen: { readonly bucket: string; readonly size: number }[] = [];
      const gcs = defineProvider({
        settings,
        create(checked, context) {
          seen.push(checked);
          return new MemoryStorageProvider(context);
        },
      });
      const { factory } = await factoryOf(
        {
          storages: {
            good: { provider: 'gcs', bucket: 'b', size: '7' },
            bad: { provider: 'gcs', buckets: 'b' },
          },
        },
        { providers: { gcs } },
      );
      await factory.get('good');
      expect(seen).toEqual([{ bucket: 'b', size: 7 }]);
      await expect(factory.get('bad')).rejects.toThrow(/bucket/);
    });
  }

  it('is told which setting is wrong, in which storage', async () => {
    const gcs = defineProvider({
      settings: z.object({ auth: z.object({ key: z.string() }) }),
      create: (_, { name }) => new MemoryStorageProvider({ name }),
    });
    const { factory } = await factoryOf(
      { storages: { files: { provider: 'gcs', auth: { key: 5 } } } },
      { providers: { gcs } },
    );
    await expect(factory.get()).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringMatching(/^the settings of the storage "files" are wrong: auth\.key: /),
    });
  });

  it('is refused where it is not registered, gives no provider, or takes the name of another', async () => {
    await expect(
      StorageFactory.open({ storages: { files: { provider: 'gcs' } } }),
    ).rejects.toMatchObject({ code: 'InvalidArgument' });
    const nothing: CreateProvider = () => JSON.parse('null');
    const { factory } = await factoryOf(
      { storages: { files: { provider: 'gcs' } } },
      { providers: { gcs: nothing } },
    );
    await expect(factory.get()).rejects.toThrow(/"gcs" did not give a StorageProvider/);
    await expect(
      StorageFactory.open({ storages: {} }, { providers: { s3: MEMORY } }),
    ).rejects.toThrow(/"s3" is built in/);
  });
});
