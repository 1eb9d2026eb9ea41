import { join } from 'node:path';
import { MemoryStorageProvider } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { describe, expect, it } from 'vitest';
import { createStorage, StorageFactory } from '../../src/index.js';
import { factoryOf, server, sockets, temporaryDirectory, textOf, until } from './fixtures.js';

describe('a factory', () => {
  it('gives each storage by its name, and the default one without', async () => {
    const directory = await temporaryDirectory();
    const { at } = await server('pictures');
    const { factory } = await factoryOf({
      default: 'documents',
      storages: {
        documents: { provider: 'local', root: join(directory, 'documents'), createRoot: true },
        pictures: { ...at, bucket: 'pictures', prefix: 'small' },
        scratch: { provider: 'memory', name: 'notes' },
      },
    });
    expect(factory.names).toEqual(['documents', 'pictures', 'scratch']);
    for (const name of factory.names) {
      const storage = await factory.get(name);
      await storage.upload('a/b', name);
      expect(await textOf(storage, 'a/b')).toBe(name);
    }
    expect(await textOf(await factory.get(), 'a/b')).toBe('documents');
    expect((await factory.get('pictures')).name).toBe('pictures');
    expect((await factory.get('scratch')).name).toBe('notes');
  });

  it('builds what is asked for, without layers where none can come', async () => {
    const { factory } = await factoryOf({
      storages: {
        files: { provider: 'local', root: '/does/not/matter' },
        memory: { provider: 'memory' },
      },
    });
    expect(await factory.get('files')).toBeInstanceOf(LocalStorageProvider);
    expect(await factory.get('memory')).toBeInstanceOf(MemoryStorageProvider);
  });

  it('gives the same instance for the same name and for an equal configuration, at once or later', async () => {
    const { factory } = await factoryOf({
      storages: {
        one: { provider: 'memory', versions: true },
        same: { provider: 'memory', versions: true },
        other: { provider: 'memory' },
      },
    });
    const [one, again, same, other] = await Promise.all(
      ['one', 'one', 'same', 'other'].map((name) => factory.get(name)),
    );
    expect(again).toBe(one);
    expect(same).toBe(one);
    expect(other).not.toBe(one);
    expect(await factory.get('one')).toBe(one);
  });

  it('names what there is where a name is wrong or missing', async () => {
    const { factory } = await factoryOf({
      storages: { one: { provider: 'memory' }, two: { provider: 'memory', versions: true } },
    });
    await expect(factory.get('three')).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: 'there is no storage "three"; there are one, two',
    });
    await expect(factory.get('constructor')).rejects.toMatchObject({ code: 'InvalidArgument' });
    await expect(factory.get()).rejects.toThrow(/no default: name one of one, two/);
  });

  it('does not keep what failed', async () => {
    let fails = true;
    const { factory } = await factoryOf(
      { storages: { files: { provider: 'flaky' } } },
      {
        providers: {
          flaky() {
            if (fails) throw new Error('not yet');
            return new MemoryStorageProvider();
          },
        },
      },
    );
    const both = await Promise.allSettled([factory.get(), factory.get()]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await factory.get()).toBe(await factory.get());
  });

  it('shares connections between buckets that are reached alike, and closes them last', async () => {
    const before = sockets();
    const { server: s3, at } = await server('one', 'two');
    const factory = await StorageFactory.open({
      storages: {
        one: { ...at, bucket: 'one', maxSockets: 4 },
        two: { ...at, bucket: 'two', maxSockets: 4 },
        apart: { ...at, bucket: 'two', maxSockets: 5, prefix: 'apart' },
      },
    });
    const many = Array.from({ length: 20 }, (_, i) => i);
    const one = await factory.get('one');
    await one.upload('first', 'text'); // after which the SDK knows more of its settings
    const storages = [one, await factory.get('two')];
    await Promise.all(
      storages.flatMap((storage) => many.map((i) => storage.upload(`${i}`, 'text'))),
    );
    expect(s3.connections).toBeLessThanOrEqual(4);
    const apart = await factory.get('apart');
    await Promise.all(many.map((i) => apart.upload(`${i}`, 'text')));
    expect(s3.connections).toBeGreaterThan(4);
    const { body } = await apart.download('1');
    body.destroy();
    await factory.close();
    await until(() => s3.connections === 0);
    await s3.close();
    await until(() => sockets() <= before);
    for (const storage of [...storages, apart])
      await expect(storage.stat('1')).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('leaves the connections to the others where one of its storages is closed', async () => {
    const { at } = await server('one', 'two');
    const { factory } = await factoryOf({
      storages: { one: { ...at, bucket: 'one' }, two: { ...at, bucket: 'two' } },
    });
    const [one, two] = await Promise.all([factory.get('one'), factory.get('two')]);
    await two.upload('a', 'text');
    await one.close();
    expect(await textOf(two, 'a')).toBe('text');
  });
});

describe('closing', () => {
  it('refuses what is asked for later, and may be called again', async () => {
    const factory = await StorageFactory.open({ storages: { one: { provider: 'memory' } } });
    const storage = await factory.get();
    const closing = factory.close();
    expect(factory.close()).toBe(closing);
    await closing;
    await expect(factory.get()).rejects.toMatchObject({ code: 'Unavailable', retryable: false });
    await expect(factory.reload()).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(storage.stat('a')).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('closes all, whatever fails, and tells the first failure', async () => {
    const closed: string[] = [];
    const failing = (_: unknown, { name }: { readonly name: string }) =>
      Object.assign(new MemoryStorageProvider(), {
        async close() {
          closed.push(name);
          if (name !== 'b') throw new Error(`${name} can’t be closed`);
        },
      });
    const factory = await StorageFactory.open(
      {
        storages: {
          a: { provider: 'odd', x: 1 },
          b: { provider: 'odd', x: 2 },
          c: { provider: 'odd', x: 3 },
        },
      },
      { providers: { odd: failing } },
    );
    for (const name of factory.names) await factory.get(name);
    await expect(factory.close()).rejects.toThrow('c can’t be closed');
    expect(closed).toEqual(['c', 'b', 'a']);
  });

  it('closes what is still being built, and whoever waits for it is told', async () => {
    let closed = false;
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const slow = async () => {
      await finished;
      const provider = new MemoryStorageProvider();
      return Object.assign(provider, {
        async close() {
          closed = true;
        },
      });
    };
    const factory = await StorageFactory.open(
      { storages: { a: { provider: 'slow' } } },
      { providers: { slow } },
    );
    const asked = factory.get();
    const refused = expect(asked).rejects.toMatchObject({ code: 'Unavailable' });
    const closing = factory.close();
    finish();
    await Promise.all([closing, refused]);
    expect(closed).toBe(true);
  });
});

describe('createStorage', () => {
  it('makes one storage of its own configuration', async () => {
    const directory = await temporaryDirectory();
    await using storage = await createStorage({ provider: 'local', root: directory });
    await storage.upload('a', 'text');
    expect(await textOf(storage, 'a')).toBe('text');
  });

  it('makes the one that is named, and closes all with it', async () => {
    const { server: s3, at } = await server('one');
    const storage = await createStorage(
      { storages: { one: { ...at, bucket: 'one' }, two: { provider: 'memory' } } },
      { name: 'one' },
    );
    await storage.upload('a', 'text');
    expect(s3.connections).toBe(1);
    expect(storage.multipart).toBeDefined();
    await storage.close();
    await storage.close();
    await until(() => s3.connections === 0);
    await expect(storage.stat('a')).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it('leaves nothing open where the storage can’t be made', async () => {
    await expect(
      createStorage({ storages: { a: { provider: 'memory' } } }, { name: 'b' }),
    ).rejects.toMatchObject({ code: 'InvalidArgument' });
  });
});
