import { Readable } from 'node:stream';
import { type ETag, type ListEntry, MemoryStorageProvider } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { withFaults } from '@org/storage-testkit/faults';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HybridStorageProvider, spooled } from '../../src/index.js';
import { openStores, textOf } from './stores.js';

let stores: Awaited<ReturnType<typeof openStores>>;

beforeEach(async () => {
  stores = await openStores();
});
afterEach(() => stores.close());

async function namesOf(entries: AsyncIterable<ListEntry>): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of entries) names.push(entry.type === 'file' ? entry.key : entry.prefix);
  return names;
}

describe('while the target is away', () => {
  it('a write is acknowledged, read, and drained when the target is back', async () => {
    const { provider } = stores.process();
    const outage = stores.outage();
    const stored = await provider.upload('a/b', 'new', {
      contentType: 'text/x-own',
      cacheControl: 'no-cache',
      metadata: { by: 'me' },
      tags: { a: 'b' },
    });
    expect(await textOf(provider, 'a/b')).toBe('new');
    expect(await provider.stat('a/b')).toEqual(stored);
    expect(await provider.status()).toMatchObject({ entries: 1, bytes: 3 });
    expect(await provider.drain()).toMatchObject({ drained: 0, left: 1 });
    outage.remove();
    expect(await provider.drain()).toMatchObject({ drained: 1, left: 0, away: undefined });
    expect(await provider.status()).toEqual({ entries: 0, bytes: 0, oldest: undefined });
    expect(await textOf(stores.target, 'a/b')).toBe('new');
    expect(await stores.target.stat('a/b')).toMatchObject({
      contentType: 'text/x-own',
      cacheControl: 'no-cache',
      metadata: { by: 'me' },
    });
    expect(await stores.target.tags?.get('a/b')).toEqual({ a: 'b' });
  });
  it('a write replaces an entry, also when the target is back and the entry is not drained yet', async () => {
    const { provider } = stores.process();
    await provider.upload('a', 'old');
    const outage = stores.outage();
    await provider.upload('a', '1');
    await provider.upload('a', '2');
    outage.remove();
    await provider.upload('a', '3');
    expect(await textOf(provider, 'a')).toBe('3');
    expect(await textOf(stores.target, 'a')).toBe('old');
    await provider.drain();
    expect(await textOf(stores.target, 'a')).toBe('3');
  });
  it('what is not in the spool is not taken for absent', async () => {
    const { provider } = stores.process();
    stores.outage();
    await expect(provider.stat('a')).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(provider.exists('a')).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(namesOf(provider.list())).rejects.toMatchObject({ code: 'Unavailable' });
  });
  it('a condition on a file that is not in the spool can’t be evaluated', async () => {
    const { provider } = stores.process();
    const { etag } = await provider.upload('a', 'old');
    stores.outage();
    const away = { code: 'Unavailable', retryable: true };
    await expect(
      provider.upload('a', 'new', { condition: { type: 'match', etag } }),
    ).rejects.toMatchObject(away);
    await expect(
      provider.upload('b', 'new', { condition: { type: 'absent' } }),
    ).rejects.toMatchObject(away);
    await expect(provider.delete('a')).rejects.toMatchObject(away);
    expect(await provider.status()).toMatchObject({ entries: 0 });
  });
  it('a condition on a file that is in the spool is evaluated there', async () => {
    const { provider } = stores.process();
    stores.outage();
    const first = await provider.upload('a', '1');
    await expect(
      provider.upload('a', 'x', { condition: { type: 'absent' } }),
    ).rejects.toMatchObject({ code: 'AlreadyExists' });
    await expect(
      provider.upload('a', 'x', { condition: { type: 'match', etag: 'other' as ETag } }),
    ).rejects.toMatchObject({ code: 'PreconditionFailed' });
    await provider.upload('a', '2', { condition: { type: 'match', etag: first.etag } });
    expect(await textOf(provider, 'a')).toBe('2');
  });
  it('an error that is an answer is no outage', async () => {
    const { provider } = stores.process();
    stores.target.faults.add({ type: 'error', code: 'AccessDenied', operation: 'upload' });
    await expect(provider.upload('a', 'x')).rejects.toMatchObject({ code: 'AccessDenied' });
    expect(await provider.status()).toMatchObject({ entries: 0 });
  });
  it('which failures count as an outage can be narrowed', async () => {
    const { provider } = stores.process({ isAway: () => false });
    stores.outage();
    await expect(provider.upload('a', 'x')).rejects.toMatchObject({ code: 'Unavailable' });
    expect(await provider.status()).toMatchObject({ entries: 0 });
  });
  it('a key that the spool can’t hold fails with the target’s error', async () => {
    const { provider } = stores.process();
    stores.outage();
    await expect(provider.upload('x'.repeat(300), 'x')).rejects.toMatchObject({
      code: 'Unavailable',
      retryable: true,
    });
    await expect(provider.upload('.spool/claims/x', 'x')).rejects.toMatchObject({
      code: 'Unavailable',
    });
  });
  it('an entry is what is copied and moved', async () => {
    const { provider } = stores.process();
    await provider.upload('a', 'old');
    const outage = stores.outage();
    await provider.upload('a', 'new');
    outage.remove();
    await provider.copy('a', 'b');
    expect(await textOf(provider, 'b')).toBe('new');
    await provider.upload('b', 'other');
    await provider.copy('b', 'a');
    expect(await textOf(provider, 'a')).toBe('other');
    await provider.move('a', 'c');
    expect(await textOf(provider, 'c')).toBe('other');
    expect(await provider.exists('a')).toBe(false);
    await provider.drain();
    expect(await provider.exists('a')).toBe(false);
  });
});

describe('with entries in the spool', () => {
  it('a listing has them over the target’s files, each key once', async () => {
    const { provider } = stores.process();
    for (const key of ['a', 'd/1', 'm', 'z']) await provider.upload(key, 'old');
    const outage = stores.outage();
    for (const key of ['b', 'd/2', 'e/1', 'm']) await provider.upload(key, 'newer');
    outage.remove();
    expect(await namesOf(provider.list())).toEqual(['a', 'b', 'd/1', 'd/2', 'e/1', 'm', 'z']);
    expect(await namesOf(provider.list({ delimiter: '/' }))).toEqual([
      'a',
      'b',
      'd/',
      'e/',
      'm',
      'z',
    ]);
    const sizes: number[] = [];
    for await (const entry of provider.list({ startAfter: 'e/1' }))
      if (entry.type === 'file') sizes.push(entry.size);
    expect(sizes).toEqual([5, 3]);
  });
  it('a delete drains the entry first, so that nothing comes back', async () => {
    const { provider } = stores.process();
    await provider.upload('a', 'old');
    const outage = stores.outage();
    await provider.upload('a', 'new');
    outage.remove();
    await provider.delete('a');
    expect(await provider.exists('a')).toBe(false);
    expect(await provider.status()).toMatchObject({ entries: 0 });
    await provider.drain();
    expect(await provider.exists('a')).toBe(false);
  });
  it('a delete of the version that waits is one of what it becomes', async () => {
    const { provider } = stores.process();
    const outage = stores.outage();
    const { etag } = await provider.upload('a', 'new');
    outage.remove();
    const other = { type: 'match', etag: 'other' as ETag } as const;
    await expect(provider.delete('a', { condition: other })).rejects.toMatchObject({
      code: 'PreconditionFailed',
    });
    await provider.delete('a', { condition: { type: 'match', etag } });
    expect(await provider.exists('a')).toBe(false);
  });
  it('an ETag that named an entry names what it has become', async () => {
    const { provider } = stores.process();
    const outage = stores.outage();
    const { etag } = await provider.upload('a', 'new');
    outage.remove();
    await provider.drain();
    const condition = { type: 'match', etag } as const;
    expect(await textOf({ download: (key) => provider.download(key, { condition }) }, 'a')).toBe(
      'new',
    );
    await provider.upload('a', 'newer', { condition });
    await expect(provider.upload('a', 'x', { condition })).rejects.toMatchObject({
      code: 'PreconditionFailed',
    });
    expect(await textOf(provider, 'a')).toBe('newer');
  });
  it('tags are those of the entry, and go with it', async () => {
    const { provider } = stores.process();
    const outage = stores.outage();
    await provider.upload('a', 'new');
    await provider.tags?.set('a', { is: 'tagged' });
    expect(await provider.tags?.get('a')).toEqual({ is: 'tagged' });
    outage.remove();
    await provider.drain();
    expect(await provider.tags?.get('a')).toEqual({ is: 'tagged' });
  });
  it('many files are deleted, entries among them', async () => {
    const { provider } = stores.process();
    for (const key of ['a', 'b']) await provider.upload(key, 'old');
    const outage = stores.outage();
    for (const key of ['b', 'c']) await provider.upload(key, 'new');
    outage.remove();
    const { deleted, failed } = await provider.deleteMany(['a', 'b', 'c', 'd', '/']);
    expect([...deleted].sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(failed).toMatchObject([{ key: '/', error: { code: 'InvalidKey' } }]);
    await provider.drain();
    expect(await namesOf(provider.list())).toEqual([]);
  });
  it('a file that is in the spool has no URL', async () => {
    const urls = { baseUrl: 'http://127.0.0.1/', keys: [{ id: 'a', secret: 'x'.repeat(32) }] };
    const target = withFaults(new MemoryStorageProvider({ urls }));
    const store = new LocalStorageProvider({ root: stores.root });
    const provider = spooled(target, { store, maxBytes: 10, drain: false });
    const away = target.faults.add({ type: 'error', code: 'Unavailable', operation: 'upload' });
    await provider.upload('a', 'new');
    expect(target.capabilities.uploadTickets).not.toBe('absent'); // they would go around the spool
    expect(provider.capabilities.uploadTickets).toBe('absent');
    await expect(provider.createDownloadUrl?.('a')).rejects.toMatchObject({
      code: 'Unavailable',
      retryable: true,
    });
    away.remove();
    await provider.drain();
    expect((await provider.createDownloadUrl?.('a'))?.url).toContain('http://127.0.0.1/');
    await provider.close();
  });
  it('the spool is no place for those who can’t evaluate conditions', () => {
    const store = new MemoryStorageProvider();
    const weak = new Proxy(store, {
      get: (object, name) =>
        name === 'capabilities'
          ? { ...object.capabilities, conditionalDelete: 'absent' }
          : Reflect.get(object, name),
    });
    expect(() => stores.process({ store: weak })).toThrow(/lacks conditionalDelete/);
  });
});

describe('under a hybrid provider', () => {
  it('files are written, deleted and created again during an outage, and keep their ETags', async () => {
    const { provider: target } = stores.process();
    const source = new MemoryStorageProvider({ name: 'source' });
    await source.upload('old', 'in the source');
    const hybrid = new HybridStorageProvider({
      source,
      target,
      mode: 'hybrid',
      handedOver: true,
    });
    await hybrid.exists('old');
    const outage = stores.outage();
    await hybrid.delete('old');
    const { etag } = await hybrid.upload('new', 'first');
    expect(await hybrid.exists('old')).toBe(false);
    await hybrid.upload('old', 'again', { condition: { type: 'absent' } });
    await hybrid.delete('old');
    outage.remove();
    expect(await target.drain()).toMatchObject({ drained: 2, left: 0 });
    expect(await hybrid.exists('old')).toBe(false);
    expect(await namesOf(hybrid.list())).toEqual(['new']);
    expect((await hybrid.stat('new')).etag).toBe(etag);
    expect((await hybrid.stat('new')).metadata).toEqual({});
    await hybrid.upload('new', 'second', { condition: { type: 'match', etag } });
    expect(await textOf(hybrid, 'new')).toBe('second');
    await hybrid.close();
  });
});

describe('a stream', () => {
  const stream = (chunks: number, size: number) =>
    Readable.from(
      (function* () {
        for (let i = 0; i < chunks; i++) yield Buffer.alloc(size, i);
      })(),
      { objectMode: false },
    );
  it('that was not touched goes to the spool whole, however long it is', async () => {
    const { provider } = stores.process({ replayBytes: 0 });
    stores.outage();
    const body = stream(10, 1000);
    await provider.upload('a', body);
    expect((await provider.stat('a')).size).toBe(10_000);
    expect(body.destroyed).toBe(true);
  });
  it('of which a part was sent goes to the spool whole', async () => {
    const { provider } = stores.process();
    stores.target.faults.add({ type: 'break-upload', after: 2500 });
    await provider.upload('a', stream(10, 1000));
    const { checksums } = await provider.stat('a');
    const direct = await new MemoryStorageProvider().upload('a', stream(10, 1000));
    expect(checksums.sha256).toBe(direct.checksums.sha256);
  });
  it('tells its progress in ascending order, also when it is sent again', async () => {
    const { provider } = stores.process({ store: new MemoryStorageProvider() });
    stores.target.faults.add({ type: 'break-upload', after: 550_000 });
    const told: number[] = [];
    await provider.upload('a', stream(10, 100_000), { onProgress: (bytes) => told.push(bytes) });
    expect(told).toEqual([...new Set(told)].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1_000_000);
  });
  it('of which more was sent than is kept fails with the target’s error, and is let go of', async () => {
    const { provider } = stores.process({ replayBytes: 1500 });
    stores.target.faults.add({ type: 'break-upload', after: 2500 });
    const body = stream(10, 1000);
    await expect(provider.upload('a', body)).rejects.toMatchObject({
      code: 'Unavailable',
      retryable: true,
    });
    expect(body.destroyed).toBe(true);
    expect(await provider.status()).toMatchObject({ entries: 0 });
  });
  it('that is a generator is ended when the upload fails', async () => {
    const { provider } = stores.process({ replayBytes: 0 });
    stores.target.faults.add({ type: 'break-upload', after: 2500 });
    let ended = () => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const endless = async function* () {
      try {
        for (;;) yield Buffer.alloc(1000);
      } finally {
        ended();
      }
    };
    await expect(provider.upload('a', endless())).rejects.toMatchObject({ code: 'Unavailable' });
    await end;
  });
});
