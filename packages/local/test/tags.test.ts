import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { failOn, onCall } from './faults.js';
import { filesIn, localStorage, metaIn, rejection, stagingIn } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);

const TAGS = { class: 'a b/é', empty: '' };

describe('the tags of a file', () => {
  it('are those of its upload, until they are replaced', async () => {
    const { provider } = await localStorage();
    const options = { tags: TAGS, metadata: { a: '1' }, contentType: 'x/y' };
    const uploaded = await provider.upload('file', 'content', options);
    expect(uploaded).not.toHaveProperty('tags');
    expect(await provider.tags.get('file')).toEqual(TAGS);
    await provider.tags.set('file', { other: 'x' });
    expect(await provider.tags.get('file')).toEqual({ other: 'x' });
    expect(await provider.stat('file')).toEqual(uploaded);
    await provider.tags.set('file', {});
    expect(await provider.tags.get('file')).toEqual({});
    await provider.upload('file', 'again');
    expect(await provider.tags.get('file')).toEqual({});
  });

  it('go with a copy and a move', async () => {
    const { provider } = await localStorage();
    await provider.upload('file', 'content', { tags: TAGS });
    await provider.copy('file', 'copy');
    await provider.tags.set('file', { other: 'x' });
    expect(await provider.tags.get('copy')).toEqual(TAGS);
    await provider.move('file', 'moved');
    expect(await provider.tags.get('moved')).toEqual({ other: 'x' });
  });

  it('can be given to a file that something else has written, which stays what it is', async () => {
    const { provider, root } = await localStorage();
    await writeFile(join(root, 'page.html'), '<p>');
    const before = await provider.stat('page.html');
    expect(await provider.tags.get('page.html')).toEqual({});
    await provider.tags.set('page.html', TAGS);
    expect(await provider.tags.get('page.html')).toEqual(TAGS);
    expect(await provider.stat('page.html')).toEqual(before);
    await provider.delete('page.html');
    expect(await filesIn(metaIn(root))).toEqual([]);
  });

  it('of a missing file are NotFound, and misshapen ones InvalidArgument', async () => {
    const { provider, root } = await localStorage();
    await rejection(provider.tags.get('missing'), 'NotFound');
    await rejection(provider.tags.set('missing', TAGS), 'NotFound');
    await provider.upload('file', 'x');
    await rejection(provider.tags.set('file', { '': 'x' }), 'InvalidArgument');
    await rejection(provider.tags.set('file', TAGS, { versionId: '1' }), 'Unsupported');
    expect(await provider.tags.get('file')).toEqual({});
    expect(await readdir(stagingIn(root))).toEqual([]);
  });

  it('that can’t be written leave the old ones, and no trace', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'x', { tags: TAGS });
    for (const call of ['open', 'handle.sync', 'rename']) {
      failOn(call, '/staging/', 'ENOSPC');
      await rejection(provider.tags.set('file', { other: 'x' }), 'QuotaExceeded');
      onCall(() => {});
      expect(await provider.tags.get('file')).toEqual(TAGS);
      expect(await readdir(stagingIn(root))).toEqual([]);
    }
  });

  it('are given to the file that is there, if it is replaced while they are written', async () => {
    const { provider, root } = await localStorage();
    const other = await localStorage({ root });
    await provider.upload('file', 'old', { metadata: { of: 'old' } });
    let replaced = false;
    onCall(async (call, [path]) => {
      if (call !== 'handle.sync' || replaced || !String(path).endsWith('.json')) return;
      replaced = true;
      await other.provider.upload('file', 'new', { metadata: { of: 'new' } });
    });
    await provider.tags.set('file', TAGS);
    expect(replaced).toBe(true);
    expect(await provider.tags.get('file')).toEqual(TAGS);
    expect(await provider.stat('file')).toMatchObject({ metadata: { of: 'new' } });
    expect(await filesIn(metaIn(root))).toHaveLength(1);
  });

  it('are not those of what something else puts in its place', async () => {
    const { provider, root } = await localStorage();
    await provider.upload('file', 'x', { tags: TAGS });
    await writeFile(join(root, 'new'), 'foreign');
    await rename(join(root, 'new'), join(root, 'file'));
    expect(await provider.tags.get('file')).toEqual({});
  });
});
