import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalStorageProvider } from '@org/storage-local';
import { expect, it, onTestFinished } from 'vitest';
import { type MigrateOptions, migrate } from '../../src/index.js';
import {
  altered,
  contentOf,
  memoryWith,
  temporaryDirectory,
  temporaryJournal,
} from '../fixtures.js';

/** A source with two files, a directory with others, and a journal. */
async function setting(files: Readonly<Record<string, string>>) {
  const root = join(await temporaryDirectory(), 'new');
  await mkdir(root);
  const target = new LocalStorageProvider({ root, durability: 'relaxed' });
  onTestFinished(() => target.close());
  for (const [key, content] of Object.entries(files)) await target.upload(key, content);
  const source = await memoryWith({ a: 'one', b: 'two' });
  const journal = await temporaryJournal();
  const run = (options: Partial<MigrateOptions> = {}) =>
    migrate({ source, target, journal, ...options });
  return { root, source, target, journal, run };
}

it.each([false, true])(
  'a directory with files is refused before anything is written, live or not: %s',
  async (live) => {
    const { root, run, journal } = await setting({ old: 'x', a: 'stale' });
    await expect(run({ live })).rejects.toMatchObject({
      ...{ code: 'Conflict', operation: 'requireNewDirectory', retryable: false },
      message: /has files already, .*: "a", "old"\. Give a new directory/,
    });
    expect((await readdir(root)).filter((name) => !name.startsWith('.'))).toEqual(['a', 'old']);
    expect(await journal.runs()).toEqual([]);
  },
);

it('many files are not all named, nor listed', async () => {
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`f/${at + 10}`, 'x']));
  const { run, target } = await setting(files);
  let listed = 0;
  const counting = altered(target, {
    async *list(options) {
      for await (const entry of target.list(options)) {
        listed++;
        yield entry;
      }
    },
  });
  await expect(run({ target: counting })).rejects.toThrow(/"f\/14" and more\. Give/);
  expect(listed).toBeLessThan(10);
});

it('a directory with files that are known is migrated to', async () => {
  const { run, target } = await setting({ old: 'x', a: 'of the application' });
  expect(await run({ live: true, knownFiles: true })).toMatchObject({ outcome: 'complete' });
  expect(await contentOf(target, 'a')).toBe('of the application');
});

it('a store that compares versions by itself may have files: what differs there is told by file', async () => {
  const { run } = await setting({});
  const target = await memoryWith({ old: 'x', a: 'another' });
  expect(await run({ target })).toMatchObject({
    ...{ outcome: 'incomplete', files: { conflict: { files: 1 }, copied: { files: 1 } } },
  });
});

it('a new directory is not looked at again: later, its files are the application’s, or copies', async () => {
  const { run, target, source } = await setting({});
  expect(await run()).toMatchObject({ outcome: 'complete' });
  await target.upload('c', 'of the application');
  await source.upload('d', 'new');
  expect(await run()).toMatchObject({ outcome: 'complete' });
  expect(await contentOf(target, 'd')).toBe('new');
});

it('one that another participant fills just then is not refused', async () => {
  const { run, target, journal } = await setting({ a: 'one' });
  const late = altered(target, {
    async *list(options) {
      await journal.startRun('migrate');
      yield* target.list(options);
    },
  });
  expect(await run({ target: late })).toMatchObject({ outcome: 'complete' });
});
