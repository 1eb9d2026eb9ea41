import type { ListEntry } from '@org/storage-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStores, textOf } from './stores.js';

let stores: Awaited<ReturnType<typeof openStores>>;

beforeEach(async () => {
  stores = await openStores();
  await stores.process().provider.upload('a', 'before');
});
afterEach(() => stores.close());

/** A write that finds the target away. */
async function spool(text: string) {
  const outage = stores.outage();
  const stored = await stores.process().provider.upload('a', text);
  outage.remove();
  return stored;
}

/** A write that found no entry, and is about to reach the target. */
async function slowWrite(text: string, options = {}) {
  const { provider, target, store } = stores.process();
  const { reached, resume } = target.pause('before', 'upload', 'a');
  const done = provider.upload('a', text, options);
  await reached;
  return { done, resume, target, store };
}

/** A drainer that has sent the entry, and is about to remove it. */
async function drainBeforeRemoval() {
  const { provider, store } = stores.process();
  const { reached, resume } = store.pause('before', 'delete', 'a');
  const done = provider.drain();
  await reached;
  return { done, resume };
}

/** A drainer that is about to send the entry. */
async function drainBeforeUpload() {
  const { provider, target } = stores.process();
  const { reached, resume } = target.pause('before', 'upload', 'a');
  const done = provider.drain();
  await reached;
  return { done, resume };
}

async function drainAll() {
  const { provider } = stores.process();
  await provider.drain();
  await provider.drain();
  expect(await provider.status()).toMatchObject({ entries: 0 });
}

const seen = () => textOf(stores.process().provider, 'a');

async function claims(): Promise<ListEntry[]> {
  const left: ListEntry[] = [];
  const { store } = stores.process();
  for await (const entry of store.list({ prefix: '.spool/' })) left.push(entry);
  return left;
}

describe('a write that reaches the target while an entry comes', () => {
  it('is not seen after the entry, which others have read meanwhile', async () => {
    const write = await slowWrite('slow');
    await spool('spooled');
    const drain = await drainBeforeRemoval();
    write.resume();
    await write.done;
    expect(await seen()).toBe('spooled');
    drain.resume();
    await drain.done;
    expect(await seen()).toBe('spooled');
    await drainAll();
    expect(await textOf(stores.target, 'a')).toBe('spooled');
  });
  it('does not come back if it was seen before the entry', async () => {
    const { provider, target } = stores.process();
    const { reached, resume } = target.pause('after', 'upload', 'a');
    const done = provider.upload('a', 'slow');
    await reached;
    expect(await seen()).toBe('slow');
    await spool('spooled');
    expect(await seen()).toBe('spooled');
    resume();
    await done;
    expect(await seen()).toBe('spooled');
    await drainAll();
    expect(await textOf(stores.target, 'a')).toBe('spooled');
  });
  it('does not know of its outcome if it was of a certain version', async () => {
    const { etag } = await stores.target.stat('a');
    const write = await slowWrite('slow', { condition: { type: 'match', etag } });
    await spool('spooled');
    write.resume();
    await expect(write.done).rejects.toMatchObject({ code: 'Unavailable', retryable: true });
    expect(await seen()).toBe('spooled');
  });
  it('is hidden by the entry if it was a create', async () => {
    await stores.target.delete('a');
    const write = await slowWrite('slow', { condition: { type: 'absent' } });
    await spool('spooled');
    write.resume();
    await write.done;
    expect(await seen()).toBe('spooled');
    await drainAll();
    expect(await textOf(stores.target, 'a')).toBe('spooled');
  });
  it('is not seen after the entry if it was a bulk delete', async () => {
    const { provider, target } = stores.process();
    const { reached, resume } = target.pause('before', 'deleteMany', 'a');
    const done = provider.deleteMany(['a']);
    await reached;
    await spool('spooled');
    const drain = await drainBeforeRemoval();
    resume();
    expect((await done).deleted).toEqual(['a']);
    expect(await seen()).toBe('spooled');
    drain.resume();
    await drain.done;
    expect(await seen()).toBe('spooled');
  });
  it('is not read over an entry that hides it', async () => {
    const write = await slowWrite('slow');
    const reader = stores.process();
    const read = reader.target.pause('before', 'download', 'a');
    const text = textOf(reader.provider, 'a');
    await read.reached;
    await spool('spooled');
    const drain = await drainBeforeRemoval();
    const look = write.store.pause('before', 'stat', 'a');
    write.resume();
    await look.reached;
    read.resume();
    expect(await text).toBe('spooled');
    look.resume();
    drain.resume();
    await Promise.all([write.done, drain.done]);
  });
});

describe('a read', () => {
  it('that finds no entry, and then the target away, finds the entry that came meanwhile', async () => {
    const { provider, target } = stores.process();
    const { reached, resume } = target.pause('before', 'stat', 'a');
    const found = provider.stat('a');
    await reached;
    stores.outage();
    const { etag } = await stores.process().provider.upload('a', 'spooled');
    resume();
    expect((await found).etag).toBe(etag);
  });
});

describe('a write of the version that waits in the spool', () => {
  it('is made in the target if that version is drained meanwhile', async () => {
    const { etag } = await spool('spooled');
    const { provider, store } = stores.process();
    const { reached, resume } = store.pause('before', 'upload', 'a');
    const done = provider.upload('a', 'newest', { condition: { type: 'match', etag } });
    await reached;
    await drainAll();
    resume();
    await done;
    expect(await textOf(stores.target, 'a')).toBe('newest');
  });
  it('is refused if that version is replaced meanwhile', async () => {
    const { etag } = await spool('spooled');
    const { provider, store } = stores.process();
    const { reached, resume } = store.pause('before', 'upload', 'a');
    const done = provider.upload('a', 'late', { condition: { type: 'match', etag } });
    await reached;
    await stores.process().provider.upload('a', 'newest');
    resume();
    await expect(done).rejects.toMatchObject({ code: 'PreconditionFailed' });
    expect(await seen()).toBe('newest');
  });
});

describe('draining', () => {
  it('leaves what is written meanwhile', async () => {
    await spool('first');
    const drain = await drainBeforeUpload();
    await stores.process().provider.upload('a', 'second');
    drain.resume();
    expect(await drain.done).toMatchObject({ drained: 1 });
    expect(await seen()).toBe('second');
    expect(await textOf(stores.target, 'a')).toBe('second');
    expect(await claims()).toEqual([]);
  });
  it('by a slow drainer does not bring back what another has drained, and others have replaced', async () => {
    const write = await slowWrite('newest');
    await spool('spooled');
    const first = await drainBeforeRemoval();
    const look = write.store.pause('before', 'stat', 'a');
    write.resume();
    await look.reached;
    const { provider, target } = stores.process();
    await provider.drain(); // leaves it to the first
    const { reached, resume } = target.pause('before', 'upload', 'a');
    const second = provider.drain();
    await reached;
    first.resume();
    await first.done;
    look.resume();
    await write.done;
    expect(await seen()).toBe('newest');
    resume();
    await second;
    expect(await seen()).toBe('newest');
    expect(await claims()).toEqual([]);
  });
  it('with a claim that came too late sends nothing', async () => {
    await spool('spooled');
    const { provider, target } = stores.process();
    const { reached, resume } = target.pause('before', 'stat', 'a');
    const late = provider.drain();
    await reached;
    await drainAll();
    await stores.process().provider.upload('a', 'newest');
    resume();
    await late;
    expect(await seen()).toBe('newest');
    expect(await claims()).toEqual([]);
  });
  it('finds what it has sent though the answer was lost, and does not send it again', async () => {
    const { etag } = await spool('spooled');
    const { provider } = stores.process();
    const lost = stores.target.faults.add({ type: 'lost-answer', operation: 'upload', times: 1 });
    expect(await provider.drain()).toMatchObject({ drained: 0, left: 1 });
    expect(lost.hits).toBe(1);
    expect(await provider.drain()).toMatchObject({ drained: 1, left: 0 });
    const { metadata } = await stores.target.stat('a');
    expect(metadata['storage-live-spooled']).toBe(etag);
  });
  it('shows nothing of itself in listings', async () => {
    await spool('spooled');
    await drainBeforeUpload();
    expect(await claims()).toHaveLength(1);
    const { provider } = stores.process();
    const listed: ListEntry[] = [];
    for await (const entry of provider.list({ delimiter: '/' })) listed.push(entry);
    expect(listed).toMatchObject([{ type: 'file', key: 'a', size: 7 }]);
    expect(await provider.status()).toMatchObject({ entries: 1, bytes: 7 });
  });
  it('is left to the process that has claimed it, and taken over in the next pass', async () => {
    await spool('spooled');
    const paused = await drainBeforeUpload();
    const { provider } = stores.process();
    expect(await provider.drain()).toMatchObject({ drained: 0, left: 1, failures: [] });
    expect(await provider.drain()).toMatchObject({ drained: 1, left: 0 });
    expect(await claims()).toEqual([]);
    await provider.upload('a', 'newest');
    paused.resume();
    await paused.done;
    expect(await seen()).toBe('newest');
  });
  it('sweeps what a killed drainer has claimed, and others have replaced', async () => {
    await spool('spooled');
    await drainBeforeUpload(); // and never goes on
    const { provider } = stores.process();
    await provider.upload('a', 'newest');
    const [old] = await claims();
    const denied = stores.target.faults.add({
      type: 'error',
      code: 'AccessDenied',
      operation: 'upload',
    });
    expect(await provider.drain()).toMatchObject({ left: 1 });
    const [own, ...more] = await claims();
    expect(more).toEqual([]);
    expect(own).not.toMatchObject({ key: old?.type === 'file' && old.key });
    denied.remove();
    expect(await provider.drain()).toMatchObject({ drained: 1 });
    expect(await claims()).toEqual([]);
  });
  it('does not bring back what is deleted meanwhile: the delete waits for it', async () => {
    await stores.target.delete('a');
    await spool('spooled');
    const drain = await drainBeforeUpload();
    const { provider } = stores.process();
    await expect(provider.delete('a')).rejects.toMatchObject({ code: 'Conflict', retryable: true });
    drain.resume();
    await drain.done;
    await provider.delete('a');
    expect(await provider.exists('a')).toBe(false);
  });
  it('carries tags that are set meanwhile', async () => {
    await spool('spooled');
    const drain = await drainBeforeRemoval();
    await stores.process().provider.tags?.set('a', { is: 'tagged' });
    drain.resume();
    await drain.done;
    await drainAll();
    expect(await stores.target.tags?.get('a')).toEqual({ is: 'tagged' });
  });
  it('of the same key happens once at a time in a process: a delete waits for the drainer', async () => {
    await stores.target.delete('a');
    await spool('spooled');
    const { provider, target } = stores.process();
    const { reached, resume } = target.pause('before', 'upload', 'a');
    const first = provider.drain();
    await reached;
    let deleted = false;
    const removal = provider.delete('a').then(() => {
      deleted = true;
    });
    for (let look = 1; look <= 1000 && !deleted; look++) await provider.exists('other');
    resume();
    await Promise.all([first, removal]);
    expect(await provider.exists('a')).toBe(false);
  });
  it('moves on where one entry fails, and tells which', async () => {
    await spool('spooled');
    const outage = stores.outage();
    const { provider } = stores.process();
    await provider.upload('b', 'other');
    outage.remove();
    stores.target.faults.add({
      type: 'error',
      code: 'AccessDenied',
      operation: 'upload',
      key: 'a',
    });
    const report = await provider.drain();
    expect(report).toMatchObject({ drained: 1, left: 1, away: undefined });
    expect(report.failures).toMatchObject([{ key: 'a', error: { code: 'AccessDenied' } }]);
    expect(await seen()).toBe('spooled');
  });
});
