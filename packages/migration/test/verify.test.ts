import {
  MemoryStorageProvider,
  parseKey,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { type EventListener, migrate, type VerifyOptions, verify } from '../src/index.js';
import { altered, memoryWith, quickly, temporaryJournal } from './fixtures.js';

async function migrated(files: Record<string, string>) {
  const source = await memoryWith(files);
  const target = new MemoryStorageProvider({ name: 'target' });
  const journal = await temporaryJournal();
  await migrate({ source, target, journal, retry: quickly });
  const run = (changes: Partial<VerifyOptions> = {}) =>
    verify({ source, target, journal, retry: quickly, ...changes });
  return { source, target, journal, run };
}

/** A store that tells other checksums than its bytes have, or none. */
function claiming(target: StorageProvider, checksums: { crc32?: string; sha256?: string }) {
  return altered(target, {
    stat: async (...args) => ({ ...(await target.stat(...args)), checksums }),
  });
}

describe('a verification', () => {
  it('finds every file whole by the checksums that the server keeps', async () => {
    const { journal, run } = await migrated({ a: '1', b: '', c: '33' });
    const report = await run();
    expect(report).toMatchObject({ outcome: 'verified', results: { ok: 3 }, readBack: 0 });
    expect(await journal.verifications()).toEqual({ ok: 3 });
  });

  it('finds a lost file', async () => {
    const { target, journal, run } = await migrated({ a: '1', b: '2' });
    await target.delete('b');
    expect(await run()).toMatchObject({ outcome: 'failed', results: { ok: 1, missing: 1 } });
    expect(await journal.find(parseKey('b'))).toMatchObject({ verification: 'missing' });
  });

  it('finds another content, of the same size or not', async () => {
    const { target, run } = await migrated({ a: 'one', b: 'one' });
    await target.upload('a', 'two');
    await target.upload('b', 'three');
    const told: unknown[] = [];
    const onEvent: EventListener = (event) => {
      if (event.type === 'verified') told.push(event.message);
    };
    expect(await run({ onEvent })).toMatchObject({ outcome: 'failed', results: { different: 2 } });
    expect(told).toContainEqual(expect.stringMatching(/^crc32 is /));
    expect(told).toContainEqual('the target has 5 bytes, not 3');
  });

  it('reads back where the server keeps no checksum, and trusts no label', async () => {
    const { target, run } = await migrated({ a: 'one' });
    const { checksums } = await target.stat('a');
    await target.upload('a', 'two');
    const labelled = claiming(target, { sha256: checksums.sha256 ?? '' });
    expect(await run({ target: labelled })).toMatchObject({
      outcome: 'failed',
      results: { different: 1 },
      readBack: 1,
    });
  });

  it('reads every file back when it is to be full, whatever the server claims', async () => {
    const { target, run } = await migrated({ a: 'one', b: 'x' });
    const { checksums } = await target.stat('a');
    await target.upload('a', 'two');
    await target.delete('b');
    await target.upload('b', 'x');
    const lying = claiming(target, checksums);
    const report = await run({ target: lying, full: true });
    expect(report).toMatchObject({ results: { ok: 1, different: 1 }, readBack: 2 });
  });

  it('finds a source file that has changed since it was copied', async () => {
    const { source, run } = await migrated({ a: 'one' });
    await source.upload('a', 'two');
    expect(await run()).toMatchObject({ outcome: 'failed', results: { changed: 1 } });
  });

  it('tells of source files that were removed since, which is no fault of the copy', async () => {
    const { source, run } = await migrated({ a: 'one' });
    await source.delete('a');
    expect(await run()).toMatchObject({ outcome: 'verified', results: { removed: 1 } });
  });

  it('does not call a migration verified that is not complete', async () => {
    const { source, journal, run } = await migrated({ a: 'one' });
    await source.upload('late', 'file');
    await journal.startScan();
    for await (const entry of source.list()) {
      if (entry.type === 'file') await journal.recordSeen([entry]);
    }
    await journal.endScan();
    expect(await run()).toMatchObject({ outcome: 'failed', unresolved: 1, results: { ok: 1 } });
  });

  it('reports files that can’t be looked at, and goes on', async () => {
    const { target, run } = await migrated({ a: '1', b: '2' });
    const broken = altered(target, {
      stat: async (key, options) => {
        if (key === 'a') throw new StorageError('AccessDenied', 'no');
        return target.stat(key, options);
      },
    });
    expect(await run({ target: broken })).toMatchObject({
      outcome: 'failed',
      results: { ok: 1, failed: 1 },
    });
  });
});
