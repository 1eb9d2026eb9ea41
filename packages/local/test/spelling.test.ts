import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAll, type StorageProvider } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import { stripeName } from '../src/key-locks.js';
import { foldNames } from './faults.js';
import { filesIn, localStorage, rejection } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);

async function keysIn(provider: StorageProvider, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of provider.list({ prefix })) {
    if (entry.type === 'file') keys.push(entry.key);
  }
  return keys;
}

const contentOf = async (provider: StorageProvider, key: string) =>
  `${await readAll((await provider.download(key)).body)}`;

describe('on a file system that tells all names apart', () => {
  it('keys that differ in case or Unicode form are files of their own', async () => {
    const { provider, root } = await localStorage();
    expect(await provider.fileSystem()).toEqual({ caseSensitive: true, preservesUnicode: true });
    const keys = ['File', 'file', 'caf\u00e9', 'cafe\u0301'];
    for (const key of keys) await provider.upload(key, key);
    for (const key of keys) expect(await contentOf(provider, key)).toBe(key);
    expect((await filesIn(root)).filter((path) => !path.startsWith('.')).sort()).toEqual(
      keys.sort(),
    );
  });
});

describe('on a file system that takes two spellings for one name', () => {
  const PRESENT = 'Dir/caf\u00e9.txt';
  const OTHERS = [
    'dir/caf\u00e9.txt',
    'Dir/Caf\u00e9.txt',
    'Dir/cafe\u0301.txt',
    'DIR/CAF\u00c9.TXT',
  ];

  async function folding() {
    foldNames();
    const { provider, root } = await localStorage();
    const { etag } = await provider.upload(PRESENT, 'content', { metadata: { a: '1' } });
    const condition = { type: 'match', etag } as const;
    return { provider, root, condition };
  }

  it('that is found out', async () => {
    const { provider, root } = await folding();
    expect(await provider.fileSystem()).toEqual({ caseSensitive: false, preservesUnicode: false });
    expect(await filesIn(join(root, '.storage/staging'))).toEqual([]);
  });

  it.each(OTHERS)('%s is not found, since the file that is there is another key’s', async (key) => {
    const { provider, condition } = await folding();
    expect(await provider.exists(key)).toBe(false);
    const calls = [
      provider.stat(key),
      provider.download(key),
      provider.copy(key, 'copy'),
      provider.move(key, 'moved'),
      provider.tags.get(key),
      provider.tags.set(key, { a: '1' }),
      provider.trash.put(key),
    ];
    await Promise.all(calls.map((call) => rejection(call, 'NotFound')));
    await provider.delete(key);
    await rejection(provider.delete(key, { condition }), 'PreconditionFailed');
    expect(await contentOf(provider, PRESENT)).toBe('content');
    expect(await provider.stat(PRESENT)).toMatchObject({ metadata: { a: '1' } });
  });

  it.each(OTHERS)('%s is refused by writes, in place of overwriting it', async (key) => {
    const { provider, condition } = await folding();
    const calls = [
      provider.upload(key, 'x'),
      provider.upload(key, 'x', { condition: { type: 'absent' } }),
      provider.upload(key, 'x', { condition }),
      provider.copy(PRESENT, key),
      provider.move(PRESENT, key),
    ];
    const errors = await Promise.all(calls.map((call) => rejection(call, 'InvalidKey')));
    for (const { message } of errors) expect(message).toContain('collides with Dir');
    expect(await contentOf(provider, PRESENT)).toBe('content');
    expect(await keysIn(provider)).toEqual([PRESENT]);
  });

  it('what is below another spelling of a directory is neither listed nor written', async () => {
    const { provider } = await folding();
    expect(await keysIn(provider, 'Dir/')).toEqual([PRESENT]);
    expect(await keysIn(provider, 'dir/')).toEqual([]);
    await rejection(provider.upload('dir/new', 'x'), 'InvalidKey');
    expect(await keysIn(provider)).toEqual([PRESENT]);
  });

  it('the file itself is overwritten, read and deleted as anywhere', async () => {
    const { provider, condition } = await folding();
    await provider.upload(PRESENT, 'again', { condition });
    expect(await contentOf(provider, PRESENT)).toBe('again');
    await provider.delete(PRESENT);
    await provider.upload('dir/CAF\u00c9.txt', 'other'); // the name is free now
    expect(await keysIn(provider)).toEqual(['dir/CAF\u00c9.txt']);
  });

  it('all spellings of a key share a lock', () => {
    for (const key of OTHERS) expect(stripeName(key)).toBe(stripeName(PRESENT));
  });

  it('of two that are written at once, one is stored', async () => {
    foldNames();
    const { provider, root } = await localStorage();
    const second = await localStorage({ root });
    const outcomes = await Promise.allSettled([
      provider.upload('file', 'a'),
      second.provider.upload('FILE', 'b'),
    ]);
    const stored = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(stored).toHaveLength(1);
    expect(await keysIn(provider)).toHaveLength(1);
  });

  it('a root that is only read tells so by its files, and is not changed', async () => {
    foldNames();
    const { provider, root } = await localStorage();
    await writeFile(join(root, 'Plain.txt'), 'content');
    expect(await provider.exists('plain.txt')).toBe(false);
    expect(await contentOf(provider, 'Plain.txt')).toBe('content');
    expect(await filesIn(root)).toEqual(['Plain.txt']);
  });
});
