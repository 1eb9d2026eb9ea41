import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onStorageEvent } from '@org/storage-core';
import { memoryFleetRegistry, wantMode } from '@org/storage-hybrid';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createStorage } from '../../src/index.js';
import { factoryOf, temporaryDirectory, textOf, until } from './fixtures.js';

const hybrid = {
  provider: 'hybrid',
  mode: 'source',
  handedOver: true,
  source: { provider: 'memory' },
  target: { provider: 'memory' },
};

/** A project with a file of these storages. */
async function project(storages: object) {
  const directory = await temporaryDirectory();
  const file = join(directory, 'config', 'storage.json');
  await mkdir(join(directory, 'config'));
  const write = async (text: string) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
  const set = (changed: object) => write(JSON.stringify({ storages: changed }));
  await set(storages);
  return { directory, file, write, set };
}

describe('a factory of a file', () => {
  it('finds it in the project', async () => {
    const { directory } = await project({
      files: { provider: 'local', root: 'var', createRoot: true },
    });
    await using storage = await createStorage(undefined, { cwd: directory });
    await storage.upload('a', 'text');
    await using same = await createStorage({ provider: 'local', root: join(directory, 'var') });
    expect(await textOf(same, 'a')).toBe('text');
  });

  it('follows it: modes and limits, also of the sides', async () => {
    const { file, set } = await project({ files: hybrid });
    const { factory, told } = await factoryOf(file);
    const heard: unknown[] = [];
    onTestFinished(onStorageEvent('org.storage.configuration', (event) => heard.push(event)));
    const storage = await factory.get();
    await storage.upload('a', 'text');
    await set({
      files: {
        ...hybrid,
        mode: 'prepare',
        layers: { readOnly: true },
        target: { provider: 'memory', layers: { concurrencyLimit: 3 } },
      },
    });
    await until(() => told.length > 0);
    expect(told).toEqual([
      {
        type: 'changed',
        storage: 'files',
        settings: expect.arrayContaining([
          'storages.files.mode',
          'storages.files.layers.readOnly',
          'storages.files.target.layers.concurrencyLimit.operations',
        ]),
      },
    ]);
    expect(heard).toEqual(told);
    expect(await factory.flags()).toMatchObject({ mode: 'prepare', readOnly: true });
    await expect(storage.upload('b', 'text')).rejects.toMatchObject({ code: 'AccessDenied' });
    expect(await textOf(storage, 'a')).toBe('text');
    await set({ files: hybrid });
    await until(() => told.length > 1);
    await storage.upload('b', 'text');
  });

  it('keeps what was right where it is broken or gone, and tells of it', async () => {
    const { file, write, set } = await project({ files: hybrid });
    const { factory, told } = await factoryOf(file);
    const storage = await factory.get();
    for (const damage of [
      () => write('{ "storages": '),
      () => set({ files: { ...hybrid, mode: 'sideways' } }),
      () => rm(file),
    ]) {
      told.length = 0;
      await damage();
      await until(() => told.length > 0);
      expect(told).toMatchObject([
        { type: 'failed', from: 'configuration', error: { code: expect.any(String) } },
      ]);
      expect(factory.failure).toBeDefined();
      await expect(factory.reload()).rejects.toMatchObject({ name: 'StorageError' });
      expect(await factory.flags()).toMatchObject({ mode: 'source' });
      await storage.upload('a', 'text');
    }
    told.length = 0;
    await set({ files: { ...hybrid, mode: 'prepare' } });
    await until(() => told.some(({ type }) => type === 'changed'));
    expect(factory.failure).toBeUndefined();
    expect(await factory.flags()).toMatchObject({ mode: 'prepare' });
  });

  it('tells once what counts from the next start on, and does the rest', async () => {
    const { directory, file, set } = await project({
      files: { ...hybrid, source: { provider: 'local', root: 'one', createRoot: true } },
      other: { provider: 'memory' },
    });
    const { factory, told } = await factoryOf(file, { watch: false });
    const storage = await factory.get('files');
    await factory.get('other');
    await set({
      files: {
        ...hybrid,
        mode: 'prepare',
        source: { provider: 'local', root: 'two', createRoot: true },
        migration: { concurrency: 4 },
      },
      added: { provider: 'memory', versions: true },
    });
    for (let i = 0; i < 2; i++) await factory.reload();
    expect(told).toEqual([
      { type: 'changed', storage: 'files', settings: ['storages.files.mode'] },
      { type: 'restart-needed', storage: 'files', settings: ['storages.files.source.root'] },
      { type: 'restart-needed', storage: 'other', settings: ['storages.other'] },
    ]);
    await storage.upload('a', 'text');
    await using one = await createStorage({ provider: 'local', root: join(directory, 'one') });
    expect(await one.exists('a')).toBe(true);
    expect(await factory.get('files')).toBe(storage);
    expect((await factory.get('added')).versions).toBeDefined();
    told.length = 0;
    await set({ files: { provider: 'memory' }, added: { provider: 'memory', versions: true } });
    await factory.reload();
    expect(told).toMatchObject([
      {
        type: 'restart-needed',
        storage: 'files',
        settings: expect.arrayContaining(['storages.files.provider']),
      },
    ]);
    expect(await factory.flags('files')).toMatchObject({ mode: 'prepare' });
  });

  it('tells where the fleet’s registry has the say over the mode', async () => {
    const { file, set } = await project({ files: hybrid });
    const registry = memoryFleetRegistry();
    await wantMode({ registry, mode: 'prepare' });
    const { factory, told } = await factoryOf(file, { registries: { files: registry } });
    await (await factory.get()).exists('a');
    await set({ files: { ...hybrid, mode: 'hybrid' } });
    await until(() => told.length > 1);
    expect(told.at(-1)).toEqual({ type: 'overruled', storage: 'files', mode: 'prepare' });
    expect(await factory.flags()).toMatchObject({ mode: 'prepare' });
  });

  it('reads it again at SIGHUP, where that is wanted, until it is closed', async () => {
    const { file, set } = await project({ files: hybrid });
    const before = process.listenerCount('SIGHUP');
    const { factory, told } = await factoryOf(file, { watch: false, sighup: true });
    await factory.get();
    await set({ files: { ...hybrid, mode: 'prepare' } });
    process.emit('SIGHUP');
    await until(() => told.length > 0);
    expect(await factory.flags()).toMatchObject({ mode: 'prepare' });
    await factory.close();
    expect(process.listenerCount('SIGHUP')).toBe(before);
  });

  it('goes by a secret’s file as well', async () => {
    const { directory, file, set } = await project({});
    const secret = join(directory, 'secret');
    await writeFile(secret, 'first');
    const at = {
      provider: 's3',
      bucket: 'files',
      region: 'eu-central-1',
      credentials: { accessKeyId: 'id', secretAccessKeyFile: secret },
    };
    await set({ files: at });
    const { factory, told } = await factoryOf(file);
    await factory.get();
    await writeFile(secret, 'second');
    await until(() => told.length > 0);
    expect(told).toEqual([
      {
        type: 'restart-needed',
        storage: 'files',
        settings: ['storages.files.credentials.secretAccessKey'],
      },
    ]);
    expect(JSON.stringify(told)).not.toMatch(/first|second/);
  });
});

it('a factory that is closed has no timer, watcher or listener left', async () => {
  const { file } = await project({ files: hybrid });
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const watchers = () =>
    process.getActiveResourcesInfo().filter((name) => name.startsWith('FSEvent')).length;
  const before = watchers();
  const { factory } = await factoryOf(file, { flags: () => ({}), sighup: true });
  await (await factory.get()).exists('a');
  expect(vi.getTimerCount()).toBe(2);
  await factory.close();
  expect(vi.getTimerCount()).toBe(0);
  await until(() => watchers() <= before);
});
