import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { LocalStorageProvider } from '../src/index.js';
import { onCall } from './faults.js';
import { localStorage } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);

const { readlinkSync } = process.getBuiltinModule('node:fs');

/** What becomes of names, and what is synced, in order: a sync when it is over, and it takes its time. */
function recorded(root: string): string[] {
  const steps: string[] = [];
  const named = (path: unknown) =>
    relative(
      root,
      String(path).replace(/^\/proc\/self\/fd\/\d+/, (link) => readlinkSync(link)),
    )
      .replace(/^\.storage\/(\w+)\/.+/, '.storage/$1/…')
      .replace(/^$/, '.');
  onCall(async (call, args) => {
    const [first, second] = args;
    if (call === 'mkdir' || call === 'unlink') steps.push(`${call} ${named(first)}`);
    if (call === 'rename' || call === 'link') steps.push(`${call} ${named(second)}`);
    if (call !== 'handle.sync' && call !== 'fsync') return;
    const of = typeof first === 'number' ? `/proc/self/fd/${first}` : first;
    const name = named(of);
    await sleep(5);
    steps.push(`sync ${name}`);
  });
  return steps;
}

/** The steps of a change, in a root where the file `a/file` is. */
async function stepsOf(change: (provider: LocalStorageProvider) => Promise<unknown>) {
  const { provider, root } = await localStorage({});
  await provider.upload('a/file', 'old');
  const steps = recorded(root);
  await change(provider);
  const acknowledged = [...steps];
  const at = (step: string) => {
    expect(acknowledged).toContain(step);
    return acknowledged.indexOf(step);
  };
  return { at, steps: acknowledged };
}

describe('what is acknowledged is on the disk', () => {
  it.each<[string, string, (provider: LocalStorageProvider) => Promise<unknown>]>([
    ['a file that is replaced', 'rename a/file', (to) => to.upload('a/file', 'new')],
    [
      'a file that is created',
      'link a/new',
      (to) => to.upload('a/new', 'new', { condition: { type: 'absent' } }),
    ],
    ['a copy', 'rename a/copy', (to) => to.copy('a/file', 'a/copy')],
  ])('%s: content and metadata before its name, and then the name', async (_, visible, change) => {
    const { at, steps } = await stepsOf(change);
    for (const first of ['sync .storage/staging/…', 'sync .storage/meta/…'])
      expect(at(first)).toBeLessThan(at(visible));
    // The file of metadata, and the directory that has it.
    expect(steps.filter((step) => step === 'sync .storage/meta/…').length).toBeGreaterThan(1);
    expect(steps.lastIndexOf('sync .storage/meta/…')).toBeLessThan(at(visible));
    expect(steps.lastIndexOf('sync a')).toBeGreaterThan(at(visible));
  });

  it('directories that are made for it: each in the one above, before the file is in it', async () => {
    const { at } = await stepsOf((to) => to.upload('new/deep/file', 'x'));
    const order = ['mkdir new', 'sync .', 'mkdir new/deep', 'sync new', 'rename new/deep/file'];
    const places = [...order, 'sync new/deep'].map(at);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });

  it('a delete', async () => {
    const { at } = await stepsOf((from) => from.delete('a/file'));
    expect(at('sync a')).toBeGreaterThan(at('unlink a/file'));
  });

  it('new tags: before they take the place of the old ones, and then the place', async () => {
    const { at } = await stepsOf((of) => of.tags.set('a/file', { a: '1' }));
    const renamed = at('rename .storage/meta/…');
    expect(at('sync .storage/staging/…')).toBeLessThan(renamed);
    expect(at('sync .storage/meta/…')).toBeGreaterThan(renamed);
  });

  it('a file in the trash: there before it is gone here', async () => {
    const { at, steps } = await stepsOf((from) => from.trash.put('a/file'));
    const moved = at('rename .storage/trash/…');
    expect(at('sync .storage/trash/…')).toBeLessThan(moved); // what it was
    const [first] = steps.slice(moved).filter((step) => step.startsWith('sync '));
    expect(first).toBe('sync .storage/trash/…');
    expect(at('sync a')).toBeGreaterThan(moved);
  });
});
