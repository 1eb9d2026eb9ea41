import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { readAll, type StorageErrorCode } from '@org/storage-core';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { LocalStorageProvider } from '../src/index.js';
import { onCall, systemError } from './faults.js';
import { filesIn, localStorage, metaIn, rejection, stagingIn, trashIn } from './fixtures.js';

/**
 * A disk in memory, on which each step can fail, and whose open files can be counted. It has no `/proc`, so that paths are looked
 * at as on other systems than Linux. Its descriptors are none of the system's, which has no locks for them. It never
 * fails by itself: the errors are forced. Links in the place of directories, races of processes and other users need a
 * real disk, and have tests of their own.
 */
const disk = await vi.hoisted(async () => (await import('memfs')).memfs({}, '/'));

vi.mock('node:fs/promises', async () =>
  (await import('./faults.js')).hookPromises({ ...disk.fs.promises }),
);
vi.mock('node:fs', async () => (await import('./faults.js')).hookCallbacks({ ...disk.fs }));
vi.mock('../src/native-locks.js', () => ({ nativeLocks: () => undefined }));

beforeAll(async () => {
  await mkdir(tmpdir(), { recursive: true });
});

const openFiles = () => disk.vol._core.openFiles;

const ERRORS: readonly (readonly [string, StorageErrorCode])[] = [
  ['ENOSPC', 'QuotaExceeded'],
  ['EIO', 'Unavailable'],
  ['EMFILE', 'Unavailable'],
  ['EACCES', 'AccessDenied'],
  ['EROFS', 'AccessDenied'],
];

interface Step {
  readonly name: string;
  readonly call: string;
  readonly of: RegExp;
}

const BODY = /\/staging\/[^/]+[0-9a-f]$/;
const METADATA = /\/meta\/[^/]+\/[^/]+\.json$/;

/** What a write does before its file is seen. */
const WRITING: readonly Step[] = [
  { name: 'making the file', call: 'open', of: BODY },
  { name: 'writing it', call: 'handle.write', of: BODY },
  { name: 'setting its time', call: 'handle.utimes', of: BODY },
  { name: 'syncing it', call: 'handle.sync', of: BODY },
  { name: 'looking at it', call: 'handle.stat', of: BODY },
  { name: 'making its metadata', call: 'open', of: METADATA },
  { name: 'syncing its metadata', call: 'handle.sync', of: METADATA },
  { name: 'writing its metadata', call: 'handle.writeFile', of: METADATA },
  { name: 'making its directory', call: 'mkdir', of: /\/new$/ },
];

const cases = (steps: readonly Step[]) =>
  steps.flatMap((step) => ERRORS.map(([errno, code]) => ({ ...step, errno, code })));

function failAt({ call, of }: Step, errno: string): () => boolean {
  let failed = false;
  onCall((name, [first]) => {
    if (name !== call || !of.test(String(first))) return;
    failed = true;
    throw systemError(errno);
  });
  return () => failed;
}

async function expectWhole(provider: LocalStorageProvider, root: string): Promise<void> {
  expect(`${await readAll((await provider.download('old')).body)}`).toBe('old');
  expect(await provider.stat('old')).toMatchObject({ metadata: { of: 'old' } });
  expect(await readdir(stagingIn(root))).toEqual([]);
  const visible = (await filesIn(root)).filter((path) => !path.startsWith('.storage'));
  expect(await filesIn(metaIn(root))).toHaveLength(visible.length);
  expect(openFiles()).toBe(0);
}

async function prepared() {
  const { provider, root } = await localStorage();
  await provider.upload('old', 'old', { metadata: { of: 'old' } });
  return { provider, root };
}

describe('a disk that fails', () => {
  it.each([...cases(WRITING), ...cases([{ name: 'naming it', call: 'link', of: BODY }])])(
    'with $errno at $name of a new file: $code, and nothing is left',
    async (step) => {
      const { provider, root } = await prepared();
      const failed = failAt(step, step.errno);
      const condition = { type: 'absent' } as const;
      await rejection(provider.upload('new/file', 'new', { condition }), step.code);
      expect(failed()).toBe(true);
      onCall(() => {});
      expect(await provider.exists('new/file')).toBe(false);
      expect((await readdir(root)).sort()).toEqual(['.storage', 'old']);
      await expectWhole(provider, root);
    },
  );

  it.each([
    ...cases(WRITING.slice(0, -1)),
    ...cases([{ name: 'naming it', call: 'rename', of: BODY }]),
  ])('with $errno at $name of an overwrite: $code, and the old file stays', async (step) => {
    const { provider, root } = await prepared();
    const failed = failAt(step, step.errno);
    await rejection(provider.upload('old', 'new'), step.code);
    expect(failed()).toBe(true);
    onCall(() => {});
    await expectWhole(provider, root);
  });

  it.each(
    cases([
      { name: 'removing it', call: 'unlink', of: /\/old$/ },
      { name: 'opening its directory', call: 'open', of: /\/storage-local-[^/]+$/ },
    ]),
  )('with $errno at $name: $code, and the file stays', async (step) => {
    const { provider, root } = await prepared();
    const failed = failAt(step, step.errno);
    await rejection(provider.delete('old'), step.code);
    expect(failed()).toBe(true);
    onCall(() => {});
    await expectWhole(provider, root);
  });

  it.each(
    cases([
      { name: 'making its metadata', call: 'open', of: /\/trash\// },
      { name: 'syncing its metadata', call: 'handle.sync', of: /\/trash\// },
      { name: 'moving it', call: 'rename', of: /\/old$/ },
    ]),
  )('with $errno at $name for the trash: $code, and the file stays', async (step) => {
    const { provider, root } = await prepared();
    const failed = failAt(step, step.errno);
    await rejection(provider.trash.put('old'), step.code);
    expect(failed()).toBe(true);
    onCall(() => {});
    expect(await filesIn(trashIn(root))).toEqual([]);
    await expectWhole(provider, root);
  });

  it.each(
    cases([
      { name: 'opening', call: 'open', of: /\/old$/ },
      { name: 'opening the metadata', call: 'open', of: /\/meta\// },
    ]),
  )('with $errno at $name of a file that is read: $code', async (step) => {
    const { provider, root } = await prepared();
    const failed = failAt(step, step.errno);
    await rejection(provider.download('old'), step.code);
    await rejection(provider.stat('old'), step.code);
    await rejection(provider.exists('old'), step.code);
    expect(failed()).toBe(true);
    onCall(() => {});
    await expectWhole(provider, root);
  });

  it.each(
    cases([
      { name: 'reading a directory', call: 'readdir', of: /./ },
      { name: 'opening a directory', call: 'open', of: /./ },
      { name: 'looking at a file', call: 'lstat', of: /\/old$/ },
    ]),
  )('with $errno at $name ends a listing: $code, not an end', async (step) => {
    const { provider, root } = await prepared();
    const failed = failAt(step, step.errno);
    const listing = (async () => {
      for await (const _ of provider.list());
    })();
    await rejection(listing, step.code);
    expect(failed()).toBe(true);
    onCall(() => {});
    await expectWhole(provider, root);
  });

  it.each(ERRORS)(
    'with %s at the sync of the directory: %s, and old or new is whole',
    async (errno, code) => {
      const { provider, root } = await prepared();
      let renamed = false;
      onCall((call, [from]) => {
        if (call === 'rename' && BODY.test(String(from))) renamed = true;
        if (call === 'fsync' && renamed) throw systemError(errno);
      });
      await rejection(provider.upload('old', 'old', { metadata: { of: 'old' } }), code);
      expect(renamed).toBe(true);
      onCall(() => {});
      await expectWhole(provider, root);
    },
  );
});
