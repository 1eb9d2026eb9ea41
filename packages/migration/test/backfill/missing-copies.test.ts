import { MemoryStorageProvider, StorageError, type StorageProvider } from '@org/storage-core';
import { HybridStorageProvider, isTombstone } from '@org/storage-hybrid';
import { describe, expect, it } from 'vitest';
import {
  type MigrateOptions,
  migrate,
  restoreFiles,
  retireFiles,
  verify,
} from '../../src/index.js';
import { altered, contentOf, keysOf, memoryWith, quickly, temporaryJournal } from '../fixtures.js';
import { type Migrated, migrated, recordOf } from '../retire/migrated.js';

/** Beside an application. */
const again = (
  {
    source,
    target,
    journal,
  }: Pick<Migrated, 'journal'> & Record<'source' | 'target', StorageProvider>,
  changes: Partial<MigrateOptions> = {},
) => migrate({ source, target, journal, live: true, retry: quickly, missing: true, ...changes });

/** Copies of which something has removed one from the target, as a verification has found. */
async function missingOne() {
  const place = await migrated({ a: '1', b: '2' });
  await place.target.delete('a');
  const { source, target, journal } = place;
  await verify({ source, target, journal, live: true, retry: quickly });
  expect(await recordOf(place, 'a')).toMatchObject({ verification: 'missing' });
  return place;
}

describe('a copy that is missing from the target', () => {
  it('keeps a migration incomplete, and is copied again only when that is asked for', async () => {
    const place = await missingOne();
    const { source, target, journal } = place;
    const report = await again(place, { missing: false });
    expect(report).toMatchObject({
      outcome: 'incomplete',
      unresolved: 1,
      verified: { missing: 1 },
    });
    expect(await keysOf(target)).toEqual(['b']);

    expect(await again(place)).toMatchObject({ outcome: 'complete', unresolved: 0 });
    expect(await contentOf(target, 'a')).toBe('1');
    expect(await recordOf(place, 'a')).not.toHaveProperty('verification');
    expect(await recordOf(place, 'b')).toMatchObject({ verification: 'ok' });
    expect(await verify({ source, target, journal, live: true })).toMatchObject({
      ...{ outcome: 'verified', results: { ok: 2 } },
    });
  });

  it('is copied again at rest as well', async () => {
    const source = await memoryWith({ a: '1' });
    const place = {
      source,
      target: new MemoryStorageProvider(),
      journal: await temporaryJournal(),
    };
    await migrate(place);
    await place.target.delete('a');
    await verify(place);
    expect(await again(place, { live: false })).toMatchObject({ outcome: 'complete' });
    expect(await contentOf(place.target, 'a')).toBe('1');
  });

  it('does not come back when the application has deleted the file since', async () => {
    const place = await missingOne();
    await place.storage.delete('a');
    // What it could not drop: the tombstone lies over it.
    await place.source.upload('a', '1');
    expect(await again(place)).toMatchObject({
      outcome: 'complete',
      files: { deleted: { files: 1 } },
    });
    expect(isTombstone(await place.target.stat('a'))).toBe(true);
    expect(await place.storage.exists('a')).toBe(false);
  });

  it('does not come back when the application deletes the file while it is copied', async () => {
    const place = await missingOne();
    // An application that can’t drop the directory’s file: what holds the copy back is the tombstone alone.
    const source = altered(place.source, {
      async delete() {
        throw new StorageError('AccessDenied', 'it is only read');
      },
    });
    const { target } = place;
    const storage = new HybridStorageProvider({ source, target, mode: 'hybrid', handedOver: true });
    const deletedMeanwhile = altered(place.source, {
      async download(key, options) {
        const found = await place.source.download(key, options);
        await storage.delete(key);
        return found;
      },
    });
    await again({ ...place, source: deletedMeanwhile });
    expect(await recordOf(place, 'a')).toMatchObject({ state: 'deleted' });
    expect(await place.source.exists('a')).toBe(true);
    expect(await storage.exists('a')).toBe(false);
  });

  it('gives way to what the application has written since', async () => {
    const place = await missingOne();
    await place.storage.upload('a', 'new');
    await again(place);
    expect(await contentOf(place.target, 'a')).toBe('new');
  });

  it('stays missing, and known, where the source does not have it, until it is given back', async () => {
    const place = await migrated({ a: '1' });
    const { source, target, journal } = place;
    const archive = source.trash;
    const how = { source, target, journal, retry: quickly, live: true };
    await verify(how);
    await retireFiles({ ...how, archive });
    await target.delete('a');
    await verify(how);
    const before = await recordOf(place, 'a');
    expect(before).toMatchObject({ verification: 'missing', retirement: 'retired' });
    expect(await again(place)).toMatchObject({ outcome: 'incomplete', verified: { missing: 1 } });
    expect(await recordOf(place, 'a')).toEqual(before);

    expect(await restoreFiles({ ...how, archive })).toMatchObject({ counts: { restored: 1 } });
    expect(await again(place)).toMatchObject({ outcome: 'complete' });
    expect(await contentOf(target, 'a')).toBe('1');
  });

  it('is left alone by a run that does not select it', async () => {
    const place = await missingOne();
    await again(place, { select: { exclude: ['a'] } });
    expect(await recordOf(place, 'a')).toMatchObject({ state: 'copied', verification: 'missing' });
  });
});
