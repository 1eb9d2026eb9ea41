import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseKey } from '@org/storage-core';
import { HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { describe, expect, it, onTestFinished } from 'vitest';
import { adoptFrom, type MigrateOptions, migrate, retireFiles } from '../../src/index.js';
import { altered, contentOf, quickly, temporaryDirectory, temporaryJournal } from '../fixtures.js';
import { archived, type Migrated, migrated } from '../retire/migrated.js';

/** A migration that has come to its end: the files are in the bucket, and the directory's in its archive. */
async function moved(files: Readonly<Record<string, string>>) {
  const there = await migrated(files);
  const { source, target, journal } = there;
  await retireFiles({ source, target, journal, archive: source.trash, live: true });
  return there;
}

async function emptyRoot() {
  const path = join(await temporaryDirectory(), 'files-back');
  const root = new LocalStorageProvider({
    ...{ root: path, createRoot: true, name: 'back', durability: 'relaxed' },
  });
  onTestFinished(() => root.close());
  return { path, root };
}

/** Back to a new root. @returns the keys whose bytes were read from the bucket. */
async function moveBack(
  { source, target: bucket, journal }: Migrated,
  root: LocalStorageProvider,
  options: Partial<MigrateOptions> = {},
) {
  const read: string[] = [];
  const report = await migrate({
    source: altered(bucket, {
      download: (key, given) => {
        read.push(key);
        return bucket.download(key, given);
      },
    }),
    target: root,
    journal: await temporaryJournal(),
    adopt: adoptFrom({ journal, archive: source.trash, target: root }),
    ...{ retry: quickly, live: true },
    ...options,
  });
  return { report, read };
}

const inodes = async (paths: readonly string[]) =>
  Promise.all(paths.map(async (path) => (await stat(path)).ino));

describe('on the way back', () => {
  it('files that are in the archive are linked, with the metadata of the bucket', async () => {
    const there = await moved({ a: 'first', 'b/c': 'second' });
    const before = await there.target.stat('a');
    const { path, root } = await emptyRoot();
    const { report, read } = await moveBack(there, root);
    expect(report).toMatchObject({ outcome: 'complete', files: { copied: { files: 2 } } });
    expect(read).toEqual([]);
    expect(await contentOf(root, 'a')).toBe('first');
    const entries = await archived(there);
    const paths = await Promise.all(entries.map((entry) => there.source.trash.path(entry)));
    const linked = await inodes(entries.map(({ file }) => join(path, file.key)));
    expect(linked).toEqual(await inodes(paths));
    const storage = new HybridStorageProvider({
      ...{ source: there.target, target: root, mode: 'hybrid', handedOver: true },
    });
    const { etag, contentType, lastModified } = await storage.stat('a');
    expect({ etag, contentType, lastModified }).toEqual({
      etag: before.etag,
      contentType: before.contentType,
      lastModified: before.lastModified,
    });
    await storage.upload('a', 'written later');
    const contents = await Promise.all(paths.map((each) => readFile(each, 'utf8')));
    expect(contents.sort()).toEqual(['first', 'second']);
  });

  it('files that the application has changed since, or written, are copied', async () => {
    const there = await moved({ a: 'first', b: 'second', c: 'third' });
    await there.storage.upload('a', 'other');
    await there.storage.upload('d', 'new');
    await there.storage.upload('c', 'third'); // the same bytes
    const { root } = await emptyRoot();
    const { report, read } = await moveBack(there, root);
    expect(report.outcome).toBe('complete');
    expect(read.sort()).toEqual(['a', 'd']);
    expect(await contentOf(root, 'a')).toBe('other');
    expect(await contentOf(root, 'b')).toBe('second');
  });

  it('files whose archived bytes were changed, or are gone, are copied', async () => {
    const there = await moved({ a: 'first', b: 'second' });
    for (const entry of await archived(there))
      if (entry.file.key === 'a') await writeFile(await there.source.trash.path(entry), 'FIRST');
    const { root } = await emptyRoot();
    expect((await moveBack(there, root)).read).toEqual(['a']);
    expect(await contentOf(root, 'a')).toBe('first');
    await there.source.trash.purge();
    const { root: other } = await emptyRoot();
    expect((await moveBack(there, other)).read.sort()).toEqual(['a', 'b']);
    expect(await contentOf(other, 'b')).toBe('second');
  });

  it('what cannot be linked is copied', async () => {
    const there = await moved({ a: 'first' });
    const { root } = await emptyRoot();
    const { read } = await moveBack(there, root, {
      adopt: adoptFrom({
        journal: there.journal,
        archive: { path: async () => '/proc/version' }, // on another file system
        target: root,
      }),
    });
    expect(read).toEqual(['a']);
    expect(await contentOf(root, 'a')).toBe('first');
  });

  it('nothing is adopted over what the application has written or deleted meanwhile', async () => {
    const there = await moved({ a: 'first', b: 'second' });
    const { root } = await emptyRoot();
    const storage = new HybridStorageProvider({
      ...{ source: there.target, target: root, mode: 'hybrid', handedOver: true },
    });
    const adopt = adoptFrom({ journal: there.journal, archive: there.source.trash, target: root });
    const { report } = await moveBack(there, root, {
      adopt: (file, as) =>
        adopt(file, {
          ...as,
          async confirm() {
            await as.confirm();
            if (file.key === 'a') await storage.upload('a', 'newer');
            else await storage.delete('b');
          },
        }),
    });
    expect(report.files).toMatchObject({ superseded: { files: 1 }, deleted: { files: 1 } });
    expect(await contentOf(storage, 'a')).toBe('newer');
    expect(await storage.exists('b')).toBe(false);
  });

  it('nothing becomes visible when this process may no longer act, or the source has changed', async () => {
    const there = await moved({ a: 'first' });
    const { root } = await emptyRoot();
    const check = () => {
      throw new Error('the lease is lost');
    };
    const lost = await moveBack(there, root, { live: { check } });
    expect(lost.report.files.failed.files).toBe(1);
    expect(await root.exists('a')).toBe(false);
    const changing = adoptFrom({
      journal: there.journal,
      archive: there.source.trash,
      target: root,
    });
    let changed = false;
    const { read } = await moveBack(there, root, {
      adopt: async (file, as) => {
        if (!changed) await there.target.upload('a', 'later');
        changed = true;
        return changing(file, as);
      },
    });
    expect(read).toEqual(['a']);
    expect(await contentOf(root, 'a')).toBe('later');
  });

  it('other processes can’t adopt', async () => {
    const there = await moved({ a: 'first' });
    const { root } = await emptyRoot();
    const back = moveBack(there, root, { workers: { count: 1, stores: 'stores.mjs' } });
    await expect(back).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  it('a file is known to be the bucket’s by its ETag, where that tells no checksum', async () => {
    const there = await moved({ a: 'first' });
    const record = await there.journal.find(parseKey('a'));
    const { root } = await emptyRoot();
    const adopt = adoptFrom({ journal: there.journal, archive: there.source.trash, target: root });
    const file = await there.target.stat('a');
    const as = { confirm: async () => {} };
    const unknown = { ...file, checksums: {} };
    expect(await adopt({ ...unknown, etag: `"other"` as never }, as)).toBeUndefined();
    expect(record?.targetEtag).toBe(file.etag);
    expect(await adopt(unknown, as)).toMatchObject({ key: 'a', size: 5 });
  });
});
