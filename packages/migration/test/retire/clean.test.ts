import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MultipartUpload } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { type CleanOptions, clean } from '../../src/index.js';
import { altered, quickly, uploadsOf } from '../fixtures.js';
import { archived, type Migrated, migrated } from './migrated.js';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-06-15T12:00:00Z');

function begun(hoursAgo: number, key: string): MultipartUpload {
  return { key, uploadId: `id of ${key}`, initiated: new Date(NOW - hoursAgo * HOUR) };
}

function withUploads(place: Migrated, uploads: readonly MultipartUpload[]) {
  const aborted: string[] = [];
  const multipart = uploadsOf({
    async *list() {
      yield* uploads;
    },
    async abort(key, uploadId) {
      aborted.push(`${key} ${uploadId}`);
    },
  });
  return { aborted, target: altered(place.target, { multipart }) };
}

function run({ journal }: Migrated, options: Omit<CleanOptions, 'journal' | 'uploadsOlderThan'>) {
  return clean({
    ...{ journal, uploadsOlderThan: 24 * HOUR, now: () => NOW, retry: quickly },
    ...options,
  });
}

describe('cleaning', () => {
  it('removes unfinished uploads that are old enough', async () => {
    const place = await migrated({});
    const { target, aborted } = withUploads(place, [begun(23, 'new'), begun(25, 'old')]);
    expect(await run(place, { target, dryRun: true })).toMatchObject({ counts: { aborted: 1 } });
    expect(aborted).toEqual([]);
    const report = await run(place, { target });
    expect(report).toMatchObject({ outcome: 'complete', counts: { aborted: 1, kept: 1 } });
    expect(aborted).toEqual(['old id of old']);
  });

  it('refuses an age at which uploads are under way', async () => {
    const { journal, target } = await migrated({});
    for (const uploadsOlderThan of [0, HOUR - 1, Number.NaN])
      await expect(clean({ journal, target, uploadsOlderThan })).rejects.toMatchObject({
        code: 'InvalidArgument',
      });
  });

  it('removes staging files that killed processes have left', async () => {
    const place = await migrated({ a: '1' });
    const staging = join(place.root, '.storage', 'staging');
    await mkdir(staging, { recursive: true });
    for (const name of ['old', 'new']) await writeFile(join(staging, name), 'half');
    const longAgo = new Date(Date.now() - 25 * HOUR);
    await utimes(join(staging, 'old'), longAgo, longAgo);
    const options = { target: place.target, staging: place.source };
    expect(await run(place, { ...options, dryRun: true })).toMatchObject({ reclaimed: 1 });
    expect(await readdir(staging)).toHaveLength(2);
    expect(await run(place, options)).toMatchObject({ reclaimed: 1 });
    expect(await readdir(staging)).toEqual(['new']);
  });

  it('removes archived files only where it is asked to, and only old ones', async () => {
    const place = await migrated({ a: '1', b: '2' });
    for (const key of ['a', 'b']) await place.source.trash.put(key);
    const { target } = place;
    expect(await run(place, { target })).toMatchObject({ purged: 0 });
    const archive = place.source.trash;
    const now = () => Date.now() + HOUR;
    const young = { archive, olderThan: 2 * HOUR };
    expect(await run(place, { target, now, archives: young })).toMatchObject({ purged: 0 });
    const old = { archive, olderThan: HOUR / 2 };
    const dry = await run(place, { target, now, archives: old, dryRun: true });
    expect(dry).toMatchObject({ purged: 2 });
    expect(await archived(place)).toHaveLength(2);
    expect(await run(place, { target, now, archives: old })).toMatchObject({ purged: 2 });
    expect(await archived(place)).toEqual([]);
  });
});
