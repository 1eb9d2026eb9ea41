import { StorageError } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import {
  migrate,
  type RestoreFilesOptions,
  restoreFiles,
  retireFiles,
  verify,
} from '../../src/index.js';
import { altered, keysOf, quickly } from '../fixtures.js';
import { archived, contentIn, type Migrated, migrated, recordOf } from './migrated.js';

async function retired(files: Readonly<Record<string, string>>): Promise<Migrated> {
  const place = await migrated(files);
  await retireFiles({ ...place, archive: place.source.trash, live: true });
  return place;
}

function run(place: Migrated, changes: Partial<RestoreFilesOptions> = {}) {
  const { source, target, journal } = place;
  const archive = source.trash;
  return restoreFiles({ source, target, journal, archive, retry: quickly, live: true, ...changes });
}

describe('restoring retired files', () => {
  it('puts them back as they were, and forgets that they were retired', async () => {
    const place = await retired({ a: '1', 'b/c': '22' });
    expect(await run(place)).toMatchObject({ outcome: 'complete', counts: { restored: 2 } });
    expect(await contentIn(place.source, 'b/c')).toBe('22');
    expect(await archived(place)).toEqual([]);
    const { etag } = await place.source.stat('a');
    const record = await recordOf(place, 'a');
    expect(record).toMatchObject({ state: 'copied', sourceEtag: etag });
    expect(record?.retirement).toBeUndefined();
    expect(record?.archived).toBeUndefined();
    // It is a file like before: whole, and to be retired again.
    expect(await verify({ ...place, live: true })).toMatchObject({
      results: { ok: 2, changed: 0 },
    });
    const again = await retireFiles({ ...place, archive: place.source.trash, live: true });
    expect(again).toMatchObject({ counts: { retired: 2 } });
  });

  it('takes only those of a prefix, or of a run', async () => {
    const place = await retired({ 'a/1': '1', 'b/1': '2' });
    expect(await run(place, { run: 'another' })).toMatchObject({ counts: { restored: 0 } });
    expect(await run(place, { prefix: 'b/', run: place.run })).toMatchObject({
      counts: { restored: 1 },
    });
    expect(await keysOf(place.source)).toEqual(['b/1']);
  });

  it('reads from the copy what was deleted for good, or purged', async () => {
    const place = await migrated({ a: '1', b: '2' });
    await retireFiles({ ...place, archive: 'delete', live: true });
    expect(await run(place)).toMatchObject({ counts: { restored: 2 } });
    await verify({ ...place, live: true });
    await retireFiles({ ...place, archive: place.source.trash, live: true });
    await place.source.trash.purge();
    expect(await run(place)).toMatchObject({ counts: { restored: 2 } });
    expect(await contentIn(place.source, 'a')).toBe('1');
    expect((await place.source.stat('a')).metadata).toEqual({});
  });

  it('leaves in the archive what lay beneath a file of the application’s already', async () => {
    const place = await migrated({});
    await place.source.upload('a', '1');
    await place.target.upload('a', 'written'); // by an application that was killed before its drop
    await migrate({ ...place, live: true });
    await retireFiles({ ...place, archive: place.source.trash, live: true });
    expect(await recordOf(place, 'a')).toMatchObject({
      state: 'superseded',
      retirement: 'retired',
    });
    expect(await run(place)).toMatchObject({ outcome: 'complete', counts: { superseded: 1 } });
    expect(await keysOf(place.source)).toEqual([]);
    expect(await archived(place)).toHaveLength(1);
  });

  it('replaces nothing', async () => {
    const place = await retired({ a: '1' });
    await place.source.upload('a', 'another');
    expect(await run(place)).toMatchObject({ outcome: 'incomplete', counts: { changed: 1 } });
    expect(await contentIn(place.source, 'a')).toBe('another');
    expect(await archived(place)).toHaveLength(1);
  });

  it('puts nothing beneath what the application has written or deleted since', async () => {
    const place = await retired({ a: '1', b: '2' });
    await place.storage.upload('a', 'new');
    await place.storage.delete('b');
    expect(await run(place)).toMatchObject({ outcome: 'complete', counts: { superseded: 2 } });
    expect(await keysOf(place.source)).toEqual([]);
    expect(await recordOf(place, 'a')).toMatchObject({ state: 'superseded' });
    expect(await recordOf(place, 'b')).toMatchObject({ state: 'deleted' });
  });

  it('retires it again if the application writes just then', async () => {
    const place = await retired({ a: '1' });
    const { trash } = place.source;
    const archive: typeof trash = {
      ...trash,
      async restore(entry, options) {
        await place.storage.upload('a', 'new');
        return trash.restore(entry, options);
      },
    };
    expect(await run(place, { archive })).toMatchObject({ counts: { superseded: 1 } });
    expect(await keysOf(place.source)).toEqual([]);
    const [entry] = await archived(place);
    expect(await recordOf(place, 'a')).toMatchObject({
      ...{ state: 'superseded', retirement: 'retired', archived: entry?.id },
    });
  });

  it('gives back the only copy that there is, and raises an alarm where there is none', async () => {
    const place = await retired({ a: '1', b: '2' });
    await place.target.delete('a');
    expect(await run(place, { prefix: 'a' })).toMatchObject({ counts: { restored: 1 } });
    expect(await contentIn(place.source, 'a')).toBe('1');
    await place.target.delete('b');
    await place.source.trash.purge();
    expect(await run(place)).toMatchObject({ outcome: 'incomplete', counts: { lost: 1 } });
  });

  it('does nothing in a dry run but tell', async () => {
    const place = await retired({ a: '1', b: '2' });
    await place.storage.delete('b');
    expect(await run(place, { dryRun: true })).toMatchObject({
      counts: { restored: 1, superseded: 1 },
    });
    expect(await keysOf(place.source)).toEqual([]);
    expect(await recordOf(place, 'a')).toMatchObject({ retirement: 'retired' });
  });

  it('tries again what fails for a moment', async () => {
    const place = await retired({ a: '1' });
    let calls = 0;
    const shaky = altered(place.target, {
      async stat(key, options) {
        if (calls++ === 0) throw new StorageError('Throttled', 'slow down');
        return place.target.stat(key, options);
      },
    });
    expect(await run(place, { target: shaky })).toMatchObject({ counts: { restored: 1 } });
  });

  it('is seen by a migration as what it has', async () => {
    const place = await retired({ a: '1' });
    await run(place);
    const report = await migrate({ ...place, live: true });
    expect(report).toMatchObject({ outcome: 'complete', files: { copied: { files: 1 } } });
  });
});
