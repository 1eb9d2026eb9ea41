import { readdir } from 'node:fs/promises';
import { readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import type { LocalStorageProvider } from '../src/index.js';
import { failOn, onCall } from './faults.js';
import { localStorage, rejection, stagingIn } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);

async function everyWrite(provider: LocalStorageProvider): Promise<void> {
  await provider.upload('a/file', 'x');
  await provider.upload('a/new', 'x', { condition: { type: 'absent' } });
  await provider.copy('a/file', 'b/copy');
  await provider.move('b/copy', 'c/moved');
  await provider.tags.set('a/file', { a: '1' });
  await provider.trash.restore(await provider.trash.put('a/file'));
  await provider.trash.put('a/file');
  await provider.trash.purge();
  await provider.deleteMany(['a/new', 'c/moved']);
}

async function syncsOf(durability: 'fsync' | 'relaxed' | undefined): Promise<number> {
  const { provider } = await localStorage({ durability });
  let syncs = 0;
  onCall((call) => {
    if (call === 'fsync' || call === 'handle.sync') syncs++;
  });
  await everyWrite(provider);
  return syncs;
}

describe('durability', () => {
  it('is kept by syncs, unless it is asked to be relaxed: then there is none', async () => {
    expect(await syncsOf('relaxed')).toBe(0);
    const syncs = await syncsOf('fsync');
    expect(syncs).toBeGreaterThan(20);
    expect(await syncsOf(undefined)).toBe(syncs);
  });

  it('that is relaxed leaves readers the old file or the new one all the same', async () => {
    const { provider, root } = await localStorage({ durability: 'relaxed' });
    const old = await provider.upload('file', 'old', { metadata: { of: 'old' } });
    for (const call of ['handle.write', 'rename']) {
      failOn(call, '/staging/', 'ENOSPC');
      await rejection(provider.upload('file', 'new'), 'QuotaExceeded');
      onCall(() => {});
      expect(await provider.stat('file')).toEqual(old);
      expect(`${await readAll((await provider.download('file')).body)}`).toBe('old');
      expect(await readdir(stagingIn(root))).toEqual([]);
    }
  });
});
