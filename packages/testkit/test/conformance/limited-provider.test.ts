import { readFile } from 'node:fs/promises';
import { MemoryStorageProvider } from '@org/storage-core';
import { expect, it } from 'vitest';
import { testProvider } from '../../src/index.js';
import { limitedProvider } from './limited-provider.js';

async function open(versions: boolean) {
  const provider = limitedProvider(new MemoryStorageProvider({ versions }), 5_000_000);
  return { provider, close: () => provider.close() };
}

testProvider({
  name: 'the example of the README',
  open: () => open(false),
  openVersioned: () => open(true),
});

it('the README shows the example that is tested', async () => {
  const file = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');
  expect(await file('../../README.md')).toContain(await file('limited-provider.ts'));
});

it('the example does what it is for', async () => {
  const provider = limitedProvider(new MemoryStorageProvider(), 3);
  await provider.upload('a', 'abc');
  await expect(provider.upload('a', 'abcd')).rejects.toMatchObject({ code: 'TooLarge' });
  expect((await provider.stat('a')).size).toBe(3);
});
