import { MemoryStorageProvider } from '@org/storage-core';
import { HybridStorageProvider } from '@org/storage-hybrid';
import { describe, expect, it } from 'vitest';
import { migrate, restoreFiles, retireFiles, type VerifyOptions, verify } from '../../src/index.js';
import { altered, quickly, temporaryJournal } from '../fixtures.js';
import { type Migrated, migrated, recordOf } from '../retire/migrated.js';

function run({ source, target, journal }: Migrated, changes: Partial<VerifyOptions> = {}) {
  return verify({ source, target, journal, retry: quickly, live: true, ...changes });
}

describe('a verification beside an application', () => {
  it('takes what the application has written or deleted since for no fault, and writes it down', async () => {
    const place = await migrated({ a: '1', b: '2', c: '3' });
    await place.storage.upload('a', 'new');
    await place.storage.delete('b');
    const report = await run(place);
    expect(report).toMatchObject({
      outcome: 'verified',
      results: { ok: 1, superseded: 1, deleted: 1 },
      examined: { files: 3, bytes: 3 },
      whole: { files: 1, bytes: 1 },
    });
    expect(await recordOf(place, 'a')).toMatchObject({ state: 'superseded' });
    expect(await recordOf(place, 'b')).toMatchObject({ state: 'deleted' });
  });

  it('finds a copy that has gone bad, and one that is gone without a tombstone', async () => {
    const place = await migrated({ a: 'one', b: 'two' });
    const { target } = place;
    const rotten = altered(target, {
      async download(key, options) {
        const found = await target.download(key, options);
        if (key !== 'a') return found;
        found.body.destroy();
        const { Readable } = await import('node:stream');
        return { ...found, body: Readable.from([Buffer.from('0ne')]) };
      },
    });
    await target.delete('b');
    const report = await run({ ...place, target: rotten as typeof target }, { full: true });
    expect(report).toMatchObject({ outcome: 'failed', results: { different: 1, missing: 1 } });
    expect(await recordOf(place, 'a')).toMatchObject({
      ...{ state: 'copied', verification: 'different', verifiedBy: 'content' },
    });
  });

  it('takes what a file remembers of an earlier migration for none of its metadata', async () => {
    const { target: source } = await migrated({ a: '1' });
    const back = { source, target: new MemoryStorageProvider(), journal: await temporaryJournal() };
    await migrate({ ...back, live: true });
    const report = await verify({ ...back, live: true });
    expect(report).toMatchObject({ outcome: 'verified', results: { ok: 1 } });
  });

  it('takes the same bytes, written again, for the copy that they are', async () => {
    const place = await migrated({ a: '1' });
    await place.storage.upload('a', '1', { contentType: 'x/y' });
    expect(await run(place)).toMatchObject({ outcome: 'verified', results: { superseded: 0 } });
  });

  it('takes copies of a migration without an application for what they are', async () => {
    const place = await migrated({});
    await place.source.upload('a', '1');
    await migrate({ ...place });
    expect(await run(place)).toMatchObject({ outcome: 'verified', results: { ok: 1 } });
  });

  it('misses no file in the source that was retired', async () => {
    const place = await migrated({ a: '1', b: '2' });
    await retireFiles({ ...place, archive: place.source.trash, live: true });
    expect(await run(place)).toMatchObject({ results: { ok: 2, removed: 0 } });
  });

  it('after the cutover counts apart what was deleted without a mark, or lost', async () => {
    const place = await migrated({ deleted: '1', written: '2', kept: '3', unretired: '4' });
    await retireFiles({ ...place, archive: place.source.trash, live: true });
    await restoreFiles({ ...place, archive: place.source.trash, prefix: 'unretired', live: true });
    const { source, target } = place;
    const storage = new HybridStorageProvider({ source, target, mode: 'target' });
    await storage.delete('deleted');
    await storage.upload('written', 'new');
    await target.delete('unretired');
    const report = await run(place, { cutOver: true, live: false });
    expect(report).toMatchObject({
      outcome: 'failed',
      results: { ok: 1, superseded: 1, unknowable: 1, missing: 1 },
      whole: { files: 1 },
    });
    expect(await recordOf(place, 'deleted')).toMatchObject({ state: 'copied', verification: 'ok' });
    expect(await recordOf(place, 'unretired')).toMatchObject({ verification: 'missing' });
    await source.delete('unretired'); // not by the migration
    expect(await run(place, { cutOver: true })).toMatchObject({
      results: { unknowable: 1, missing: 1 },
    });
    expect(await run(place)).toMatchObject({ results: { unknowable: 0, missing: 2 } });
  });

  it('after the cutover verifies what has only lost files that nobody can tell of', async () => {
    const place = await migrated({ deleted: '1', kept: '2' });
    await retireFiles({ ...place, archive: 'delete', live: true });
    await place.target.delete('deleted');
    const report = await run(place, { cutOver: true });
    expect(report).toMatchObject({ outcome: 'verified', results: { ok: 1, unknowable: 1 } });
  });

  it('without one, everything that is another content is a fault', async () => {
    const place = await migrated({ a: '1' });
    await place.target.upload('a', '2');
    expect(await run(place, { live: false })).toMatchObject({
      ...{ outcome: 'failed', results: { different: 1 } },
    });
  });

  it('is a run of its own in the journal, and can be stopped', async () => {
    const place = await migrated({ a: '1', b: '2', c: '3' });
    const stop = new AbortController();
    const report = await run(place, {
      ...{ concurrency: 1, stop: stop.signal, onEvent: () => stop.abort() },
    });
    expect(report).toMatchObject({ outcome: 'interrupted', examined: { files: 1 } });
    const [last] = await place.journal.runs(1);
    expect(last).toMatchObject({ id: report.runId, kind: 'verify', outcome: 'interrupted' });
  });
});

describe('metadata', () => {
  const ORIGINAL = {
    contentType: 'text/csv',
    cacheControl: 'max-age=60',
    contentDisposition: 'attachment',
    metadata: { author: 'Zoë' },
  };

  async function withMetadata() {
    const place = await migrated({});
    await place.source.upload('a', '1', ORIGINAL);
    return place;
  }

  it('that were carried over are found whole', async () => {
    const place = await withMetadata();
    await migrate({ ...place, live: true });
    expect(await run(place)).toMatchObject({ outcome: 'verified', results: { ok: 1 } });
  });

  it.each([
    ['content type', { contentType: 'text/plain' }, '"text/plain" in the target, not "text/csv"'],
    ['cache-control', { cacheControl: 'no-store' }, '"no-store" in the target, not "max-age=60"'],
    ['content-disposition', {}, 'missing in the target, not "attachment"'],
    ['metadata "author"', { metadata: { author: 'Zoe' } }, '"Zoe" in the target, not "Zoë"'],
    [
      'metadata "more"',
      { metadata: { author: 'Zoë', more: 'x' } },
      '"x" in the target, not missing',
    ],
  ])('that differ are told: %s', async (name, change, message) => {
    const place = await withMetadata();
    await migrate({ ...place });
    const { target } = place;
    const other = altered(target, {
      async stat(...args) {
        const { contentDisposition, ...file } = await target.stat(...args);
        return {
          ...file,
          ...(name === 'content-disposition' ? {} : { contentDisposition }),
          ...change,
        };
      },
    });
    const told: (string | undefined)[] = [];
    const report = await run(
      { ...place, target: other as typeof target },
      {
        live: false,
        onEvent: (event) => {
          if (event.type === 'verified') told.push(event.message);
        },
      },
    );
    expect(report).toMatchObject({ outcome: 'failed', results: { different: 1 } });
    expect(told).toEqual([`its ${name} is ${message}`]);
  });

  it('of a file that was there before are its own', async () => {
    const place = await withMetadata();
    await place.target.upload('a', '1', { contentType: 'text/plain' });
    await migrate({ ...place, live: true });
    expect(await recordOf(place, 'a')).toMatchObject({ state: 'present' });
    expect(await run(place)).toMatchObject({ outcome: 'verified' });
    expect(await run(place, { live: false })).toMatchObject({ outcome: 'verified' });
  });
});
