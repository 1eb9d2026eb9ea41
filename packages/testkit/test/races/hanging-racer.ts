import { appendFile } from 'node:fs/promises';
import { MemoryStorageProvider } from '@org/storage-core';
import { joinRace } from '../../src/races/index.js';

/** Writes its process id into the file that it is given, and never comes to an end of its race. */
joinRace(async (path: string) => {
  const provider = new MemoryStorageProvider();
  provider.stat = () => new Promise(() => {});
  setInterval(() => {}, 1_000); // it would go on by itself
  await appendFile(path, `${process.pid}\n`);
  return provider;
});
