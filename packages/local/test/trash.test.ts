import { readdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import type { LocalStorageProvider, TrashedFile } from '../src/index.js';
import { buildForChildren, startChild } from './child.js';
import { failOn, onCall, systemError } from './faults.js';
import { filesIn, localStorage, metaIn, rejection, stagingIn, trashIn } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);

buildForChildren();

const OPTIONS = {
  contentType: 'x/y',
  cacheControl: 'max-age=60',
  metadata: { author: 'Zoë' },
  tags: { class: 'a' },
};

async function trashed(provider: LocalStorageProvider): Promise<TrashedFile[]> {
  const entries: TrashedFile[] = [];
  for await (const entry of provider.trash.list()) entries.push(entry);
  return entries;
}

const visible = async (root: string) =>
  (await filesIn(root)).filter((path) => !path.startsWith('.storage/'));

describe('a file that is put into the trash', () => {
  it('is no file any more, and comes back with all that it had, as a new version', async () => {
    const { provider, root } = await localStorage();
    const { etag, ...file } = await provider.upload('a/file', 'content', OPTIONS);
    const entry = await provider.trash.put('a/file');
    expect(entry).toMatchObject({ file: { ...file, etag }, tags: OPTIONS.tags });
    expect(await provider.exists('a/file')).toBe(false);
    for await (const _ of provider.list()) expect.unreachable();
    expect(await readdir(root)).toEqual(['.storage']);
    expect(await filesIn(metaIn(root))).toEqual([]);
    expect(await trashed(provider)).toEqual([entry]);

    const restored = await provider.trash.restore(entry);
    expect(restored).toEqual({ ...file, etag: restored.etag });
    expect(await provider.stat('a/file')).toEqual(restored);
    expect(await provider.tags.get('a/file')).toEqual(OPTIONS.tags);
    expect(`${await readAll((await provider.download('a/file')).body)}`).toBe('content');
    expect((await stat(join(root, 'a/file'))).nlink).toBe(1);
    expect(await filesIn(trashIn(root))).toEqual([]);
    expect(await readdir(stagingIn(root))).toEqual([]);
  });

  it('may have a key that is longer than file names are, and be a plain file', async () => {
    const { provider, root } = await localStorage();
    const key = `${'ü'.repeat(120)}/`.repeat(4).slice(0, -1);
    await provider.upload(key, 'long');
    await writeFile(join(root, 'page.html'), '<p>');
    await provider.trash.put(key);
    const { id } = await provider.trash.put('page.html');
    expect((await trashed(provider)).map(({ file }) => file.key)).toEqual([key, 'page.html']);
    expect(await provider.trash.restore({ id }, { key: 'b' })).toMatchObject({
      key: 'b',
      contentType: 'text/html',
    });
  });

  it('is the version that is asked for, and there', async () => {
    const { provider, root } = await localStorage();
    const { etag } = await provider.upload('file', 'old');
    await provider.upload('file', 'new');
    const condition = { type: 'match', etag } as const;
    await rejection(provider.trash.put('file', { condition }), 'PreconditionFailed');
    await rejection(provider.trash.put('missing', { condition }), 'PreconditionFailed');
    await rejection(provider.trash.put('missing'), 'NotFound');
    await rejection(provider.trash.put('.storage/meta'), 'NotFound');
    expect(await filesIn(trashIn(root)).catch(() => [])).toEqual([]);
    expect((await provider.stat('file')).size).toBe(3);
  });

  it('is the one that is there, if it is replaced at the last moment', async () => {
    const { provider, root } = await localStorage();
    const other = await localStorage({ root });
    await provider.upload('file', 'old', { metadata: { of: 'old' } });
    let replaced = false;
    let moved = false;
    onCall(async (call, [path, to]) => {
      if (call === 'rename' && String(to).includes('/trash/')) moved = true;
      // Its metadata have to be there by then.
      if (call === 'open' && moved && String(path).endsWith('.json')) expect.unreachable();
      if (call !== 'handle.sync' || replaced || !String(path).includes('/trash/')) return;
      replaced = true;
      await other.provider.upload('file', 'newer', { metadata: { of: 'new' } });
    });
    const entry = await provider.trash.put('file');
    expect(replaced).toBe(true);
    expect(entry.file).toMatchObject({ size: 5, metadata: { of: 'new' } });
    expect(await trashed(provider)).toEqual([entry]);
    expect(await filesIn(trashIn(root))).toHaveLength(2);
  });

  it('never replaces a file when it comes back, and says so where it is gone', async () => {
    const { provider } = await localStorage();
    await provider.upload('file', 'old');
    const entry = await provider.trash.put('file');
    await provider.upload('file', 'new');
    await rejection(provider.trash.restore(entry), 'AlreadyExists');
    expect(await trashed(provider)).toEqual([entry]);
    await provider.trash.restore(entry, { key: 'file (restored)' });
    await rejection(provider.trash.restore(entry), 'NotFound');
    for (const id of ['', 'x', `../${entry.id}`, `${entry.id}.json`]) {
      await rejection(provider.trash.restore({ id }), 'InvalidArgument');
    }
    expect(`${await readAll((await provider.download('file')).body)}`).toBe('new');
    expect((await provider.stat('file (restored)')).size).toBe(3);
  });

  it('does not come back over a file that comes into being at the last moment', async () => {
    const { provider, root } = await localStorage();
    const other = await localStorage({ root });
    await provider.upload('file', 'old');
    const entry = await provider.trash.put('file');
    let raced = false;
    onCall(async (call, [from]) => {
      if (call !== 'link' || !String(from).includes('/staging/') || raced) return;
      raced = true;
      await other.provider.upload('file', 'theirs');
    });
    await rejection(provider.trash.restore(entry), 'AlreadyExists');
    expect(raced).toBe(true);
    expect(`${await readAll((await provider.download('file')).body)}`).toBe('theirs');
    expect(await trashed(provider)).toEqual([entry]);
    expect(await readdir(stagingIn(root))).toEqual([]);
  });
});

describe('with `deleted: trash`', () => {
  it('deletes are moves to the trash', async () => {
    const { provider } = await localStorage({ deleted: 'trash' });
    for (const key of ['a', 'b', 'c']) await provider.upload(key, key);
    await provider.delete('a');
    await provider.delete('missing');
    await provider.deleteMany(['b', 'missing']);
    const { etag } = await provider.stat('c');
    await provider.delete('c', { condition: { type: 'match', etag } });
    expect((await trashed(provider)).map(({ file }) => file.key)).toEqual(['a', 'b', 'c']);
  });

  it('an overwritten or moved file is none that was deleted', async () => {
    const { provider } = await localStorage({ deleted: 'trash' });
    await provider.upload('a', 'x');
    await provider.upload('a', 'y');
    await provider.move('a', 'b');
    expect(await trashed(provider)).toEqual([]);
  });
});

describe('a purge', () => {
  it('removes for good what is older than asked, or all', async () => {
    const { provider, root } = await localStorage();
    for (const key of ['a', 'b']) await provider.upload(key, key);
    const first = await provider.trash.put('a');
    await new Promise((done) => setTimeout(done, 2)); // another millisecond
    const second = await provider.trash.put('b');
    const before = second.trashedAt;
    expect(await provider.trash.purge({ before: first.trashedAt })).toEqual({ purged: 0 });
    expect(await provider.trash.purge({ before })).toEqual({ purged: 1 });
    expect(await trashed(provider)).toEqual([second]);
    expect(await provider.trash.purge()).toEqual({ purged: 1 });
    expect(await readdir(trashIn(root))).toEqual([]);
    expect(await provider.trash.purge()).toEqual({ purged: 0 });
  });

  it('refuses what is no date', async () => {
    const { provider } = await localStorage();
    await rejection(provider.trash.purge({ before: new Date('never') }), 'InvalidArgument');
    await rejection(Reflect.apply(provider.trash.purge, null, [{ after: 1 }]), 'InvalidArgument');
  });
});

describe('a crash or a fault', () => {
  it.each([
    ['open', '/trash/', 'ENOSPC', 'QuotaExceeded'],
    ['handle.sync', '/trash/', 'EIO', 'Unavailable'],
    ['mkdir', '/trash', 'EACCES', 'AccessDenied'],
    ['rename', '/file', 'EIO', 'Unavailable'],
  ] as const)('in %s of %s (%s) leaves the file in its place', async (call, path, errno, code) => {
    const { provider, root } = await localStorage();
    const file = await provider.upload('dir/file', 'x', OPTIONS);
    failOn(call, path, errno);
    await rejection(provider.trash.put('dir/file'), code);
    onCall(() => {});
    expect(await provider.stat('dir/file')).toEqual(file);
    expect(await trashed(provider)).toEqual([]);
    expect(await filesIn(trashIn(root)).catch(() => [])).toEqual([]);
  });

  it('after the rename leaves it in the trash, with its metadata', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'x', OPTIONS);
    onCall((call, [first]) => {
      if (call === 'lstat' && /\/trash\/.+-[0-9a-f]{16}$/.test(String(first)))
        throw systemError('EIO');
    });
    await rejection(provider.trash.put('file'), 'Unavailable');
    onCall(() => {});
    const [entry] = await trashed(provider);
    if (entry === undefined) throw new Error('it is lost');
    expect(entry).toMatchObject({ file: { key: 'file', metadata: OPTIONS.metadata } });
    await provider.trash.restore(entry);
    expect(await visible(root)).toEqual(['file']);
  });

  it('of the process at any moment leaves each file in its place or in the trash, whole', async () => {
    const { root } = await localStorage();
    for (let round = 0; round < 6; round++) {
      const child = startChild(
        root,
        `for (let i = 0; ; i++) {
           await provider.upload('file', 'version ' + i, { metadata: { i: '' + i } });
           await provider.trash.put('file');
           for await (const entry of provider.trash.list()) await provider.trash.restore(entry);
           if (i === 3) say('going');
           await provider.delete('file');
         }`,
      );
      await child.said('going');
      await new Promise((done) => setTimeout(done, 5 * round));
      child.process.kill('SIGKILL');
      await child.ended();
      const { provider } = await localStorage({ root });
      for (const entry of await trashed(provider)) {
        const content = await readFile(
          join(trashIn(root), entry.id.slice(0, 13), entry.id),
          'utf8',
        );
        expect(content).toBe(`version ${entry.file.metadata['i']}`);
        await provider.delete('file');
        await provider.trash.restore(entry);
      }
      await provider.upload('other', 'x');
      if (await provider.exists('file')) {
        const { metadata, body } = await provider.download('file');
        expect(`${await readAll(body)}`).toBe(`version ${metadata.metadata['i']}`);
      }
      expect(await readdir(stagingIn(root))).toEqual([]);
      expect(await trashed(provider)).toEqual([]);
    }
  });

  it('may leave metadata without a body, which are no entry, and go with a purge a day later', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'x');
    const { id } = await provider.trash.put('file');
    await unlink(join(trashIn(root), id.slice(0, 13), id));
    expect(await trashed(provider)).toEqual([]);
    expect(await provider.trash.purge()).toEqual({ purged: 0 });
    expect(await filesIn(trashIn(root))).toHaveLength(1); // a delete may be under way
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 25 * 60 * 60 * 1000 });
    try {
      await provider.trash.purge();
    } finally {
      vi.useRealTimers();
    }
    expect(await filesIn(trashIn(root))).toEqual([]);
  });

  it('that damages metadata is told, with the place of the content', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'x');
    const { id } = await provider.trash.put('file');
    const path = join(trashIn(root), id.slice(0, 13), `${id}.json`);
    await writeFile(path, '{');
    await utimes(path, 1, 1);
    const error = await rejection(provider.trash.restore({ id }), 'Unknown');
    expect(error.message).toContain(`.storage/trash/${id.slice(0, 13)}/${id}`);
  });
});
