import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqliteJournal } from '@org/storage-migration';
import { describe, expect, it } from 'vitest';
import type { Patient } from '../src/doctor/patient.js';
import { noteFoundEmpty } from '../src/found-empty.js';
import { diagnosed, hospital, linesOf, ward } from './doctor-fixtures.js';
import { temporaryDirectory } from './fixtures.js';

const BACK = { back: true, role: 'migrator' } as const;

/** What is found in the directory that files are to be brought back to. */
async function found(path: string, patient: Partial<Patient> = {}) {
  return linesOf(await diagnosed({ ...BACK, directory: { path }, ...patient }), 'directory');
}

describe('the directory on the way back', () => {
  it('is new: it has no files, can be written to, and needs room for all', async () => {
    const path = join(await temporaryDirectory(), 'new');
    await mkdir(join(path, 'empty', 'folder'), { recursive: true });
    const report = await diagnosed({ ...BACK, mode: 'target', directory: { path } });
    expect(linesOf(report, 'directory')).toEqual([
      `ok       ${path} can be read`,
      'ok       it has no files: they can be brought here',
      'ok       can be written to',
    ]);
    expect(linesOf(report, 'room')).toContain(
      'note     all that is in the bucket has to fit in there',
    );
    expect(await readdir(path)).toEqual(['empty']);
  });

  it('is missing, also in the mode target', async () => {
    const path = join(await temporaryDirectory(), 'new');
    for (const mode of ['hybrid', 'target'] as const)
      expect(await found(path, { mode })).toEqual([
        `FAILURE  ${path} is not there`,
        '→ make it, empty, and look whether its disk is mounted',
      ]);
  });

  it('has files of which nobody knows, until somebody does', async () => {
    const path = await ward();
    const place = join(await temporaryDirectory(), 'journal.sqlite');
    const endpoints = { source: 's3://bucket/', target: path };
    const journal = { place, endpoints };
    const [, told, mend] = await found(path, { journal });
    expect(told).toMatch(/^WARNING {2}it has files, such as "a", of which nobody has said/);
    expect(mend).toContain('storage migrate --known-files');

    const begun = await openSqliteJournal({ file: place, endpoints });
    await begun.startRun('verify');
    expect((await found(path, { journal }))[1]).toMatch(/^WARNING/);
    await begun.startRun('migrate');
    await begun.close();
    expect(await found(path, { journal })).toContain(
      'ok       it has files, of the migration that has begun',
    );
  });

  it('has files of the application’s, where it was found empty before', async () => {
    const path = join(await temporaryDirectory(), 'new');
    await mkdir(path);
    noteFoundEmpty(path);
    await writeFile(join(path, 'a'), 'new');
    expect(await found(path)).toContain(
      'ok       it has files, of the application’s: it was empty before the mode prepare',
    );
  });

  it('that can’t be written to keeps the migration from it', async () => {
    const path = await ward();
    await writeFile(join(path, '.storage'), 'in its place');
    const report = await diagnosed({ ...BACK, directory: { path } });
    expect(report.healthy).toBe(false);
    expect(linesOf(report, 'directory').join()).toMatch(/FAILURE {2}can’t be written to/);
    const there = await diagnosed({ role: 'migrator', directory: { path } });
    expect(there.healthy).toBe(true);
  });
});

describe('the bucket on the way back', () => {
  it('is read by the migrator, written by the application until the mode target, and then by nobody', async () => {
    const { bucket } = await hospital();
    const permissions = async (patient: Partial<Patient>) =>
      linesOf(await diagnosed({ back: true, bucket: bucket(), ...patient }), 'permissions')[0];
    expect(await permissions({ role: 'migrator' })).toBe(
      'ok       allowed: list, head, get, delete if match, delete',
    );
    expect(await permissions({ mode: 'source' })).toContain('put unconditionally');
    expect(await permissions({ mode: 'target' })).toBe(
      'note     the mode target does not use the bucket any more',
    );
  });
});
