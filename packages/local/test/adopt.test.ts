import { link, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Digest, readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import { onCall, systemError } from './faults.js';
import {
  filesIn,
  localStorage,
  metaIn,
  rejection,
  stagingIn,
  temporaryDirectory,
} from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);

const checksumsOf = (content: string) => new Digest().update(Buffer.from(content)).checksums();

/** A file in the trash of one root, and another root. */
async function trashedFile(content = 'content') {
  const old = await localStorage();
  await old.provider.upload('a/file', content, { contentType: 'text/old' });
  const { id } = await old.provider.trash.put('a/file');
  const path = await old.provider.trash.path({ id });
  const { provider, root } = await localStorage();
  const checksums = checksumsOf(content);
  return { old: old.provider, id, path, provider, root, checksums };
}

const inodeOf = async (path: string) => (await stat(path)).ino;

describe('a file that is adopted', () => {
  it('has the bytes that lie elsewhere, and what it is told to have', async () => {
    const { path, provider, root, checksums } = await trashedFile();
    const described = { contentType: 'text/new', cacheControl: 'no-cache', metadata: { a: 'ü' } };
    const stored = await provider.adopt('b/file', path, { checksums, ...described });
    expect(stored).toMatchObject({ key: 'b/file', size: 7, checksums, ...described });
    expect(await provider.stat('b/file')).toEqual(stored);
    expect(await inodeOf(join(root, 'b/file'))).toBe(await inodeOf(path));
    expect(await filesIn(stagingIn(root))).toEqual([]);
    expect(await filesIn(metaIn(root))).toHaveLength(1);
  });

  it('keeps its content under the other name, whatever becomes of the key', async () => {
    const { old, id, path, provider, checksums } = await trashedFile();
    const changes = [
      () => provider.upload('file', 'new'),
      (etag: never) => provider.upload('file', 'new', { condition: { type: 'match', etag } }),
      () => provider.upload('other', 'new').then(() => provider.copy('other', 'file')),
      () => provider.tags.set('file', { a: '1' }),
      () => provider.delete('file'),
      () => provider.trash.put('file').then(() => provider.trash.purge()),
    ];
    for (const change of changes) {
      await provider.delete('file');
      const { etag } = await provider.adopt('file', path, { checksums });
      await change(etag as never);
      expect(await readFile(path, 'utf8')).toBe('content');
    }
    const restored = await old.trash.restore({ id });
    expect(restored).toMatchObject({ key: 'a/file', contentType: 'text/old' });
    expect(`${await readAll((await old.download('a/file')).body)}`).toBe('content');
  });

  it('replaces nothing', async () => {
    const { path, provider, checksums } = await trashedFile();
    const { etag } = await provider.upload('file', 'mine');
    await rejection(provider.adopt('file', path, { checksums }), 'AlreadyExists');
    const late = provider.adopt('new', path, {
      checksums,
      confirm: async () => void (await provider.upload('new', 'faster')),
    });
    await rejection(late, 'AlreadyExists');
    expect(await provider.stat('file')).toMatchObject({ etag });
    expect(`${await readAll((await provider.download('new')).body)}`).toBe('faster');
  });

  it('is not one of other content, or of none that is known', async () => {
    const { path, provider, root, checksums } = await trashedFile();
    await writeFile(path, 'kontent');
    await rejection(provider.adopt('file', path, { checksums }), 'ChecksumMismatch');
    await rejection(provider.adopt('file', path, { checksums: {} }), 'InvalidArgument');
    await rejection(provider.adopt('file', `${path}-not`, { checksums }), 'NotFound');
    expect(await filesIn(root)).toEqual([]);
  });

  it('is not there when the last question is answered by no', async () => {
    const { path, provider, root, checksums } = await trashedFile();
    const confirm = () => Promise.reject(new Error('no'));
    await expect(provider.adopt('file', path, { checksums, confirm })).rejects.toThrow('no');
    expect(await filesIn(root)).toEqual([]);
  });

  it('is no symbolic link', async () => {
    const { path, provider, root, checksums } = await trashedFile();
    const way = join(await temporaryDirectory(), 'way');
    await symlink(path, way);
    await rejection(provider.adopt('file', way, { checksums }), 'AccessDenied');
    expect(await filesIn(root)).toEqual([]);
  });

  it.each(['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP'])(
    'is to be copied where it can’t be linked (%s)',
    async (code) => {
      const { path, provider, root, checksums } = await trashedFile();
      onCall((call, [from]) => {
        if (call === 'link' && from === path) throw systemError(code);
      });
      await rejection(provider.adopt('file', path, { checksums }), 'Unsupported');
      expect(await filesIn(root)).toEqual([]);
    },
  );

  it('is to be copied where its time can’t be set', async () => {
    const { path, provider, root, checksums } = await trashedFile();
    onCall((call) => {
      if (call === 'handle.utimes') throw systemError('EPERM'); // somebody else's
    });
    await rejection(provider.adopt('file', path, { checksums }), 'Unsupported');
    expect(await filesIn(root)).toEqual([]);
  });

  it('is read before it gets its key', async () => {
    const { path, provider, checksums } = await trashedFile('x'.repeat(1_000_000));
    const twin = join(await temporaryDirectory(), 'twin');
    await link(path, twin);
    const stored = await provider.adopt('file', twin, { checksums });
    expect(stored.checksums).toEqual(checksums);
    await provider.delete('file');
    await writeFile(twin, 'y'.repeat(1_000_000));
    await rejection(provider.adopt('file', twin, { checksums }), 'ChecksumMismatch');
    expect(await provider.exists('file')).toBe(false);
  });
});

describe('the place of a file in the trash', () => {
  it('is told while it is there', async () => {
    const { old, id } = await trashedFile();
    await old.trash.purge();
    await rejection(old.trash.path({ id }), 'NotFound');
    await rejection(old.trash.path({ id: '../x' }), 'InvalidArgument');
  });
});
