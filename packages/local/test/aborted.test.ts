import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { Digest, readAll } from '@org/storage-core';
import { describe, expect, it, vi } from 'vitest';
import { onCall } from './faults.js';
import { filesIn, localStorage, metaIn, rejection, stagingIn } from './fixtures.js';

vi.mock('node:fs/promises', async (original) =>
  (await import('./faults.js')).hookPromises(await original()),
);
vi.mock('node:fs', async (original) =>
  (await import('./faults.js')).hookCallbacks(await original()),
);

const MIB = 1024 * 1024;

const endless = () => new Readable({ read() {} });

describe('an upload that is aborted', () => {
  it('does not wait for a body that gives nothing', async () => {
    const { provider, root } = await localStorage();
    const abort = new AbortController();
    const body = endless();
    const reading = new Promise((begun) => {
      body._read = begun;
    });
    const uploading = provider.upload('file', body, { signal: abort.signal });
    await Promise.race([reading, uploading]);
    abort.abort();
    await rejection(uploading, 'Aborted');
    expect(body.destroyed).toBe(true);
    expect(await filesIn(root)).toEqual([]);
  });

  it('does not begin to wait for it, either', async () => {
    const { provider, root } = await localStorage();
    const abort = new AbortController();
    const body = endless();
    onCall((call, [path]) => {
      if (call === 'open' && String(path).includes('/staging/')) abort.abort();
    });
    await rejection(provider.upload('file', body, { signal: abort.signal }), 'Aborted');
    expect(body.destroyed).toBe(true);
    expect(await filesIn(root)).toEqual([]);
  });

  it('writes no more of what is in memory', async () => {
    const { provider, root } = await localStorage();
    const abort = new AbortController();
    let written = 0;
    const onProgress = (bytes: number) => {
      written = bytes;
      abort.abort();
    };
    const body = Buffer.alloc(40 * MIB);
    await rejection(provider.upload('file', body, { signal: abort.signal, onProgress }), 'Aborted');
    expect(written).toBeLessThan(20 * MIB);
    expect(await filesIn(root)).toEqual([]);
  });

  it('does not sync what it has written to its end', async () => {
    const { provider, root } = await localStorage();
    const abort = new AbortController();
    let syncs = 0;
    onCall((call) => {
      if (call === 'handle.sync') syncs++;
    });
    const onProgress = () => abort.abort();
    await rejection(provider.upload('file', 'x', { signal: abort.signal, onProgress }), 'Aborted');
    expect(syncs).toBe(0);
    expect(await filesIn(root)).toEqual([]);
  });
});

it('a file that is adopted is read no further when that is aborted', async () => {
  const old = await localStorage();
  const content = Buffer.alloc(8 * MIB, 'x');
  await old.provider.upload('file', content);
  const { id } = await old.provider.trash.put('file');
  const path = await old.provider.trash.path({ id });
  const { provider, root } = await localStorage();
  const checksums = new Digest().update(content).checksums();
  const abort = new AbortController();
  let reads = 0;
  onCall((call) => {
    if (call !== 'read') return;
    reads++;
    abort.abort();
  });
  await rejection(provider.adopt('file', path, { checksums, signal: abort.signal }), 'Aborted');
  expect(reads).toBe(1);
  expect(await filesIn(root)).toEqual([]);
});

it('tags are not changed when that is aborted while a lock is taken', async () => {
  const first = await localStorage();
  await first.provider.upload('file', 'x', { tags: { a: '1' } });
  const { provider, root } = await localStorage({ root: first.root });
  const abort = new AbortController();
  onCall((call, [path]) => {
    if (call === 'open' && String(path).includes('/locks/')) abort.abort();
  });
  const setting = provider.tags.set('file', { a: '2' }, { signal: abort.signal });
  await rejection(setting, 'Aborted');
  expect(abort.signal.aborted).toBe(true);
  expect(await provider.tags.get('file')).toEqual({ a: '1' });
  expect(await filesIn(stagingIn(root))).toEqual([]);
  expect(await filesIn(metaIn(root))).toHaveLength(1);
});

describe('a body', () => {
  it('that nobody reads ends when its download is aborted', async () => {
    const { provider } = await localStorage();
    await provider.upload('file', Buffer.alloc(MIB));
    const abort = new AbortController();
    const { body } = await provider.download('file', { signal: abort.signal });
    const closed = new Promise((resolve) => body.once('close', resolve));
    abort.abort();
    await closed;
    await rejection(readAll(body), 'Aborted');
  });
});

it('nothing is left with a signal that goes with many operations', async () => {
  const { provider } = await localStorage();
  const { signal } = new AbortController();
  await provider.upload('file', 'x', { signal });
  await provider.upload('file', Readable.from([Buffer.from('y')]), { signal });
  await readAll((await provider.download('file', { signal })).body);
  const { body } = await provider.download('file', { signal });
  await new Promise((closed) => body.once('close', closed).destroy());
  await provider.tags.set('file', { a: '1' }, { signal });
  await provider.copy('file', 'copy', { signal });
  await provider.delete('file', { signal });
  for await (const entry of provider.list({ signal })) expect(entry).toMatchObject({ key: 'copy' });
  await expect.poll(() => getEventListeners(signal, 'abort')).toEqual([]);
});
