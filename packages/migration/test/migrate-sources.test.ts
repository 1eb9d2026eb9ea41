import { parseKey } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { altered, contentOf, keysOf, uploadsOf } from './fixtures.js';
import { setting, watched } from './migrate-setting.js';

describe('a source file', () => {
  it('that changes while it is read is not seen in the target, and is tried again', async () => {
    const { source, target, journal, run } = await setting({ a: 'first' });
    let reads = 0;
    const restless = altered(source, {
      download: async (...args) => {
        const opened = await source.download(...args);
        if (reads++ === 0) await source.upload('a', 'second');
        return opened;
      },
    });
    expect(await run({ source: restless })).toMatchObject({ outcome: 'complete' });
    expect(await contentOf(target, 'a')).toBe('second');
    expect(await journal.find(parseKey('a'))).toMatchObject({ attempts: 2 });
  });

  it('that never rests is reported', async () => {
    const { source, target, journal, run } = await setting({ a: '0' });
    const restless = altered(source, {
      download: async (...args) => {
        const opened = await source.download(...args);
        await source.upload('a', String(Math.random()));
        return opened;
      },
    });
    expect(await run({ source: restless })).toMatchObject({ outcome: 'incomplete' });
    expect(await keysOf(target)).toEqual([]);
    expect(await journal.find(parseKey('a'))).toMatchObject({
      state: 'failed',
      error: { code: 'Conflict', message: 'a changed while it was being read' },
    });
  });

  it('that disappears before or while it is read is gone, not failed', async () => {
    const { source, target, journal, run } = await setting({ before: '1', while: '2' });
    const fleeting = altered(source, {
      download: async (key, options) => {
        if (key === 'before') await source.delete(key);
        const opened = await source.download(key, options);
        await source.delete(key);
        return opened;
      },
    });
    expect(await run({ source: fleeting })).toMatchObject({ outcome: 'complete' });
    expect(await keysOf(target)).toEqual([]);
    expect(await journal.find(parseKey('before'))).toMatchObject({ state: 'gone' });
    expect(await journal.find(parseKey('while'))).toMatchObject({ state: 'gone' });
  });

  it('of some size is hashed before it is sent, and the target asked before that', async () => {
    const content = 'x'.repeat(6 * 1024 * 1024);
    const { target, run } = await setting({ large: content });
    const announced: unknown[] = [];
    const provider = altered(target, {
      upload: (key, body, options) => {
        announced.push(options?.checksums);
        return target.upload(key, body, options);
      },
    });
    await run({ target: provider });
    const { checksums } = await target.stat('large');
    expect(announced).toEqual([checksums]);
  });
});

describe('a large source file', () => {
  const large = (letter: string) => letter.repeat(6 * 1024 * 1024);

  it('that changes between its two readings is tried again', async () => {
    const { source, target, journal, run } = await setting({ a: large('1') });
    let reads = 0;
    const restless = altered(source, {
      download: async (...args) => {
        if (++reads === 2) await source.upload('a', large('2'));
        return source.download(...args);
      },
    });
    expect(await run({ source: restless })).toMatchObject({ outcome: 'complete' });
    expect(await journal.find(parseKey('a'))).toMatchObject({ attempts: 2 });
    expect((await target.stat('a')).etag).toBe((await source.stat('a')).etag);
  });

  it('is journalled as an upload before it is begun, and again with its id', async () => {
    const { source, target, journal, run } = await setting({ a: large('1') });
    const { etag: sourceEtag } = await source.stat('a');
    const seen: unknown[] = [];
    const inParts = altered(target, {
      multipart: uploadsOf({ async *list() {}, abort: async () => {} }),
      upload: async (key, body, options) => {
        seen.push(await journal.unfinishedUploads());
        await options?.onMultipartUpload?.('id-1');
        seen.push(await journal.unfinishedUploads());
        return target.upload(key, body, options);
      },
    });
    await run({ target: inParts });
    expect(seen).toEqual([[{ key: 'a' }], [{ key: 'a', uploadId: 'id-1', sourceEtag }]]);
    expect(await journal.unfinishedUploads()).toEqual([]);
  });

  it('is not sent where the target has the key already', async () => {
    const { target, run } = await setting({ a: large('1') });
    await target.upload('a', large('1'));
    const { provider, keys } = watched(target);
    expect(await run({ target: provider })).toMatchObject({ outcome: 'complete' });
    expect(keys).toEqual([]);
  });
});
