import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError } from '@org/storage-core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type MigrationEvent,
  migrate,
  type RetireFilesOptions,
  restoreFiles,
  retireFiles,
  verify,
} from '../../src/index.js';
import { altered, keysOf, quickly } from '../fixtures.js';
import { archived, contentIn, type Migrated, migrated, recordOf } from './migrated.js';

function run(place: Migrated, changes: Partial<RetireFilesOptions> = {}) {
  const { source, target, journal } = place;
  const archive = source.trash;
  return retireFiles({ source, target, journal, archive, retry: quickly, live: true, ...changes });
}

describe('retiring the files of a migration', () => {
  it('puts them into the archive, and writes down where', async () => {
    const place = await migrated({ a: '1', 'b/c': '22' });
    const report = await run(place);
    expect(report).toMatchObject({ outcome: 'complete', counts: { retired: 2, failed: 0 } });
    expect(await keysOf(place.source)).toEqual([]);
    const entries = await archived(place);
    for (const { id, file } of entries)
      expect(await recordOf(place, file.key)).toMatchObject({
        retirement: 'retired',
        archived: id,
      });
    expect(entries).toHaveLength(2);
    const [last] = await place.journal.runs(1);
    expect(last).toMatchObject({ id: report.runId, kind: 'retire', outcome: 'complete' });
    expect(await run(place)).toMatchObject({ counts: { retired: 0, gone: 0 } });
  });

  it('deletes them for good where it is told to', async () => {
    const place = await migrated({ a: '1' });
    expect(await run(place, { archive: 'delete' })).toMatchObject({ counts: { retired: 1 } });
    expect(await archived(place)).toEqual([]);
    expect(await keysOf(place.source)).toEqual([]);
    expect(await recordOf(place, 'a')).toMatchObject({ retirement: 'retired' });
  });

  it('deletes nothing in a store that can’t see whether it is still the file that was copied', async () => {
    const place = await migrated({ a: '1' });
    const { source } = place;
    const capabilities = { ...source.capabilities, conditionalDelete: 'absent' } as const;
    const blind = altered(source, { capabilities, probe: async () => capabilities });
    const { target, journal } = place;
    const retired = retireFiles({ source: blind, target, journal, archive: 'delete', live: true });
    await expect(retired).rejects.toMatchObject({ code: 'Unsupported' });
    expect(await keysOf(source)).toEqual(['a']);
    expect((await journal.runs(1))[0]).not.toMatchObject({ kind: 'retire' });
  });

  it('has the manifest on the disk before the journal knows of a file', async () => {
    const place = await migrated({ a: '1' });
    const manifest = join(place.root, '..', 'manifest.jsonl');
    const happened: string[] = [];
    const handle = await open(manifest, 'a');
    const handles: { datasync(): Promise<void> } = Object.getPrototypeOf(handle);
    await handle.close();
    const { datasync } = handles;
    const synced = vi.spyOn(handles, 'datasync').mockImplementation(async function (this: unknown) {
      happened.push(await readFile(manifest, 'utf8'));
      return Reflect.apply(datasync, this, []);
    });
    onTestFinished(() => synced.mockRestore());
    const recorded = vi.spyOn(place.journal, 'recordRetirement').mockImplementation(async () => {
      happened.push('journal');
    });
    onTestFinished(() => recorded.mockRestore());
    await run(place, { manifest });
    expect(happened).toEqual([expect.stringContaining('"key":"a"'), 'journal']);
  });

  it('knows what a run has deleted that was killed before it could write that down', async () => {
    const place = await migrated({ a: '1', b: '2' });
    const { source, target, journal, storage } = place;
    await source.delete('a');
    await storage.upload('b', 'written'); // which drops the source's file
    const stores = { source, target, journal, retry: quickly };
    const report = await retireFiles({ ...stores, archive: 'delete', live: true });
    expect(report).toMatchObject({ outcome: 'complete', counts: { retired: 1, gone: 1 } });
    expect(await recordOf(place, 'a')).toMatchObject({ retirement: 'retired' });
    expect(await recordOf(place, 'b')).toMatchObject({ retirement: 'gone' });
    const restored = await restoreFiles({ ...stores, live: true });
    expect(restored).toMatchObject({ counts: { restored: 1 } });
    expect(await keysOf(source)).toEqual(['a']);
  });

  it('adds a line for each to a manifest, also behind one that was cut off', async () => {
    const place = await migrated({ a: '1', b: '22' });
    const manifest = join(place.root, '..', 'made', 'manifest.jsonl');
    await run(place, { manifest });
    await writeFile(manifest, `${await readFile(manifest, 'utf8')}{"key":"cut`);
    await place.source.upload('late', '333');
    await migrate({ ...place, live: true });
    await verify({ ...place, live: true });
    await run(place, { manifest });
    const lines = (await readFile(manifest, 'utf8')).trimEnd().split('\n');
    expect(lines.splice(2, 1)).toEqual(['{"key":"cut']);
    const entries = await archived(place);
    const byKey = new Map(entries.map(({ id, file }) => [file.key as string, { id, ...file }]));
    for (const line of lines) {
      const { key, id, size, etag, checksums, time } = JSON.parse(line);
      const file = byKey.get(key);
      expect(file).toMatchObject({ id, size, etag, checksums });
      expect(new Date(time).toISOString()).toBe(time);
    }
    expect(lines.map((line) => JSON.parse(line).key).sort()).toEqual(['a', 'b', 'late']);
  });

  it('leaves what nothing has vouched for', async () => {
    const place = await migrated({ a: '1' });
    await place.source.upload('b', '2');
    await migrate({ ...place, live: true });
    const told: MigrationEvent[] = [];
    const report = await run(place, { onEvent: (event) => void told.push(event) });
    expect(report).toMatchObject({ outcome: 'incomplete', counts: { retired: 1, unverified: 1 } });
    expect(await keysOf(place.source)).toEqual(['b']);
    expect(told).toContainEqual(
      expect.objectContaining({ type: 'outcome', run: 'retire', key: 'b', outcome: 'unverified' }),
    );
  });

  it('takes a checksum for enough, or demands that the bytes were read', async () => {
    const place = await migrated({ a: '1' });
    const strict = { verifiedBy: 'content' } as const;
    expect(await run(place, strict)).toMatchObject({ counts: { unverified: 1 } });
    await verify({ ...place, live: true, full: true });
    expect(await run(place, strict)).toMatchObject({ counts: { retired: 1 } });
  });

  it('leaves what was found to be different', async () => {
    const place = await migrated({ a: 'one' });
    await place.journal.recordVerification((await place.source.stat('a')).key, 'different');
    expect(await run(place)).toMatchObject({ counts: { unverified: 1 } });
    expect(await contentIn(place.source, 'a')).toBe('one');
  });

  it('leaves the only copy, and what was written to the source since', async () => {
    const place = await migrated({ a: '1', b: '2' });
    await place.target.delete('a');
    await place.source.upload('b', 'past the application');
    const report = await run(place);
    expect(report).toMatchObject({ outcome: 'incomplete', counts: { needed: 1, changed: 1 } });
    expect(await contentIn(place.source, 'a')).toBe('1');
    expect(await contentIn(place.source, 'b')).toBe('past the application');
    await place.target.upload('a', '1');
    expect(await run(place)).toMatchObject({ counts: { retired: 1, changed: 1 } });
  });

  it('takes what lies beneath what the application has replaced or deleted', async () => {
    const place = await migrated({ a: '1', b: '2' });
    await place.storage.upload('a', 'new');
    await place.storage.delete('b');
    await place.source.upload('a', '1'); // leftovers, as a crash before the drop leaves them
    await place.source.upload('b', '2');
    await migrate({ ...place, live: true });
    expect(await recordOf(place, 'a')).toMatchObject({ state: 'superseded' });
    expect(await run(place)).toMatchObject({ outcome: 'complete', counts: { retired: 2 } });
    expect(await keysOf(place.source)).toEqual([]);
    expect(await contentIn(place.storage, 'a')).toBe('new');
    expect(await place.storage.exists('b')).toBe(false);
  });

  it('tells of what the application has dropped itself', async () => {
    const place = await migrated({ a: '1' });
    await place.storage.upload('a', 'new');
    expect(await run(place)).toMatchObject({ outcome: 'complete', counts: { gone: 1 } });
  });

  it('does nothing in a dry run but tell', async () => {
    const place = await migrated({ a: '1', b: '2' });
    await place.target.delete('b');
    const before = await place.journal.runs();
    const report = await run(place, { dryRun: true });
    expect(report).toMatchObject({ counts: { retired: 1, needed: 1 } });
    expect(report).not.toHaveProperty('runId');
    expect(await keysOf(place.source)).toEqual(['a', 'b']);
    expect(await archived(place)).toEqual([]);
    expect(await place.journal.runs()).toEqual(before);
    expect((await recordOf(place, 'a'))?.retirement).toBeUndefined();
  });

  it('can be stopped, and goes on', async () => {
    const place = await migrated({ a: '1', b: '2', c: '3' });
    const stop = new AbortController();
    const options = { concurrency: 1, stop: stop.signal, onEvent: () => stop.abort() };
    expect(await run(place, options)).toMatchObject({
      outcome: 'interrupted',
      counts: { retired: 1 },
    });
    expect(await run(place)).toMatchObject({ outcome: 'complete', counts: { retired: 2 } });
  });

  it('is stopped where a store fails again and again, for a reason that is not a file’s', async () => {
    const place = await migrated({ a: '1', b: '2', c: '3' });
    let calls = 0;
    const away = altered(place.target, {
      async stat() {
        calls++;
        throw new StorageError('AccessDenied', 'no');
      },
    });
    const report = await run(place, { target: away, failureLimit: 2, concurrency: 1 });
    expect(report).toMatchObject({ outcome: 'stopped', counts: { failed: 2 } });
    expect(report.reason).toMatchObject({ code: 'AccessDenied' });
    expect(calls).toBe(2);
    expect(await keysOf(place.source)).toEqual(['a', 'b', 'c']);
  });

  it('ends when its lease is lost', async () => {
    const place = await migrated({ a: '1', b: '2', c: '3' });
    let left = 3; // looked at before a file is taken, and before it goes
    const live = {
      check() {
        if (left-- <= 0) throw new StorageError('Conflict', 'taken for gone', { retryable: false });
      },
    };
    await expect(run(place, { live, concurrency: 1 })).rejects.toThrow('taken for gone');
    expect(await keysOf(place.source)).toEqual(['b', 'c']);
  });

  it('finds in the archive what an attempt has put there that reported a failure', async () => {
    const place = await migrated({ a: '1' });
    const { trash } = place.source;
    let failing = true;
    const archive: typeof trash = {
      ...trash,
      async put(key, options) {
        const entry = await trash.put(key, options);
        if (!failing) return entry;
        failing = false;
        throw new StorageError('Unavailable', 'the directory could not be synced');
      },
    };
    const first = await run(place, { archive });
    expect(first).toMatchObject({ outcome: 'incomplete', counts: { failed: 1, gone: 0 } });
    expect(await run(place)).toMatchObject({ outcome: 'complete', counts: { retired: 1 } });
    const [entry] = await archived(place);
    expect(await recordOf(place, 'a')).toMatchObject({ archived: entry?.id });
  });
});
