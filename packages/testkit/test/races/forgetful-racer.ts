import { MemoryStorageProvider } from '@org/storage-core';
import { joinRace } from '../../src/races/index.js';

/** Every process has a store of its own, which holds what the settings say. */
joinRace(async (files: Readonly<Record<string, string>>) => {
  const provider = new MemoryStorageProvider();
  for (const [key, content] of Object.entries(files)) await provider.upload(key, content);
  return provider;
});
