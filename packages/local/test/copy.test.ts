import { appendFile, chmod, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import { failOn, onCall } from './faults.js';
import { filesIn, localStorage, rejection, stagingIn } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);

describe('a copy', () => {
  it('has everything that its original has, and lives on its own', async () => {
    const { provider } = await localStorage();
    const original = await provider.upload('a/from.txt', 'content', {
      contentType: 'x/y',
      metadata: { a: '1' },
    });
    const copied = await provider.copy('a/from.txt', 'b/to.bin');
    expect(copied).toEqual({
      ...original,
      key: 'b/to.bin',
      etag: copied.etag,
      lastModified: copied.lastModified,
    });
    expect(copied.etag).not.toBe(original.etag);
    await provider.delete('a/from.txt');
    expect(await provider.stat('b/to.bin')).toEqual(copied);
    expect(`${await readAll((await provider.download('b/to.bin')).body)}`).toBe('content');
  });

  it('of a plain file keeps the content type that its name stood for', async () => {
    const { provider, root } = await localStorage();
    await writeFile(join(root, 'page.html'), '<p>');
    expect(await provider.copy('page.html', 'page')).toMatchObject({
      contentType: 'text/html',
      checksums: {},
    });
  });

  it('of a read-only file is made', async () => {
    const { provider, root } = await localStorage();
    await writeFile(join(root, 'from'), 'content', { mode: 0o444 });
    await provider.copy('from', 'to');
    expect((await stat(join(root, 'to'))).mode & 0o777).toBe(0o444);
  });

  it('is of the file that was opened, also if that is replaced or deleted meanwhile', async () => {
    const { provider, root } = await localStorage();
    const other = await localStorage({ root });
    for (const happen of [
      () => other.provider.upload('from', 'replaced'),
      () => other.provider.delete('from'),
      async () => {
        await rename(join(root, 'from'), join(root, 'moved'));
        await writeFile(join(root, 'from'), 'foreign');
      },
    ]) {
      await provider.upload('from', 'original', { metadata: { of: 'original' } });
      let happened = false;
      onCall(async (call) => {
        if (call !== 'copyFile' || happened) return;
        happened = true;
        await happen();
      });
      const copied = await provider.copy('from', 'to').catch((error: unknown) => error);
      expect(happened).toBe(true);
      onCall(() => {});
      // A rename by something else can't be told from a change in place.
      if (copied instanceof Error) expect(copied).toMatchObject({ code: 'Conflict' });
      else {
        expect(copied).toMatchObject({ metadata: { of: 'original' } });
        expect(`${await readAll((await provider.download('to')).body)}`).toBe('original');
      }
      await rm(join(root, 'from'), { force: true });
    }
  });

  it.each([
    ['grows', (path: string) => appendFile(path, 'more')],
    ['is touched', (path: string) => chmod(path, 0o600)],
  ])('of a file that %s meanwhile is a Conflict, and leaves nothing', async (_, change) => {
    const { provider, root } = await localStorage();
    await provider.upload('from', 'original');
    onCall(async (call) => {
      if (call === 'copyFile') await change(join(root, 'from'));
    });
    const before = await filesIn(root);
    expect(await rejection(provider.copy('from', 'b/to'), 'Conflict')).toMatchObject({
      retryable: true,
    });
    expect(await filesIn(root)).toEqual(before);
  });

  it.each([
    ['ENOSPC', 'QuotaExceeded'],
    ['EIO', 'Unavailable'],
  ] as const)('that fails with %s leaves the old file, and no trace', async (errno, code) => {
    const { provider, root } = await localStorage();
    await provider.upload('from', 'new');
    const old = await provider.upload('to', 'old');
    for (const call of ['copyFile', 'handle.sync', 'rename']) {
      failOn(call, call === 'copyFile' ? '/proc/self/fd' : '/staging/', errno);
      await rejection(provider.copy('from', 'to'), code);
      onCall(() => {});
      expect(await provider.stat('to')).toEqual(old);
      expect(await readdir(stagingIn(root))).toEqual([]);
    }
  });

  it('that is aborted while it is copied leaves nothing', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('from', 'content');
    const before = await filesIn(root);
    const abort = new AbortController();
    onCall((call) => {
      if (call === 'copyFile') abort.abort();
    });
    await rejection(provider.copy('from', 'b/to', { signal: abort.signal }), 'Aborted');
    expect(await filesIn(root)).toEqual(before);
  });

  it('to a key that a directory or a file is in the way of is refused, as an upload', async () => {
    const { provider } = await localStorage();
    await provider.upload('a/file', 'x');
    await rejection(provider.copy('a/file', 'a'), 'InvalidKey');
    await rejection(provider.copy('a/file', 'a/file/below'), 'InvalidKey');
    await rejection(provider.move('a/file', 'a'), 'InvalidKey');
    expect(await provider.exists('a/file')).toBe(true);
  });
});
