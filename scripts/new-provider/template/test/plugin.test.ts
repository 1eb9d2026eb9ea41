import { StorageFactory } from '@org/storage';
import { expect, it } from 'vitest';
import { ExampleStorageProvider, providers } from '../src/index.js';

it('a configuration opens the provider by its name', async () => {
  const configuration = { storages: { files: { provider: '__NAME__' } } };
  await using factory = await StorageFactory.open(configuration, { providers });
  expect(await factory.get()).toBeInstanceOf(ExampleStorageProvider);
});

it('a setting that there is not is refused', async () => {
  const configuration = { storages: { files: { provider: '__NAME__', bukket: 'a' } } };
  const opened = async () => {
    await using factory = await StorageFactory.open(configuration, { providers });
    await factory.get();
  };
  await expect(opened()).rejects.toThrow('__NAME__ has no setting "bukket"');
});
