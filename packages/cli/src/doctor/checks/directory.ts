import { lstat, opendir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isStorageError } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { counted, formatCount } from '../../format.js';
import { wasFoundEmpty } from '../../found-empty.js';
import { openJournal } from '../../open-journal.js';
import { type Check, type Finding, failure, note, ok, warning } from '../check.js';
import { codeOf, sweepTrials, tryDirectory } from '../directory-trial.js';
import type { JournalPatient, Patient } from '../patient.js';

/** So many names of the directory are looked at, however many there are. */
const NAMES = 1_000;

export const directory: Check = {
  id: 'directory',
  title: 'The directory',
  hindrance: 'the directory can’t be used',
  applies: (patient) => patient.directory !== undefined,
  async run(patient, signal) {
    const path = resolve(patient.directory?.path ?? '');
    let real: string;
    try {
      real = await realpath(path);
      if (!(await lstat(real)).isDirectory()) return [failure(`${path} is no directory`)];
    } catch (error) {
      return [missing(path, codeOf(error), patient)];
    }
    const looked = await look(real);
    const link = real === path ? [] : [note(`${path} is a link to ${real}`)];
    return [
      ...link,
      ...looked,
      ...(patient.back === true ? await newOrKnown(real, patient, signal) : []),
      ...(await reserved(real)),
      ...(await written(real, patient, signal)),
    ];
  },
};

/** Whether nothing is written to it, and nothing tried out, then: the store that the application has left, or does not know yet. */
export function isReadOnly({ role, mode, back }: Pick<Patient, 'role' | 'mode' | 'back'>): boolean {
  return role === 'readonly' || (mode === 'target' && back !== true);
}

function missing(path: string, code: string, { mode, directory, back }: Patient): Finding {
  if (code !== 'ENOENT' && code !== 'ENOTDIR')
    return failure(
      `${path} can’t be looked at (${code})`,
      'give this user the right to search its parents',
    );
  if (mode === 'target' && back !== true)
    return note(`${path} is gone, and is not needed in the mode target`);
  if (directory?.made === true) return note(`${path} is not there yet, and will be made`);
  if (back === true)
    return failure(`${path} is not there`, 'make it, empty, and look whether its disk is mounted');
  return failure(`${path} is not there`, 'look at its name, and whether its disk is mounted');
}

/** Whether it can be read, and what is in it that is no file. */
async function look(path: string): Promise<Finding[]> {
  const counts = { names: 0, links: 0, special: 0 };
  try {
    const entries = await opendir(path); // closed by the loop
    for await (const entry of entries) {
      counts.names++;
      if (entry.isSymbolicLink()) counts.links++;
      else if (!entry.isFile() && !entry.isDirectory()) counts.special++;
      if (counts.names === NAMES) break;
    }
  } catch (error) {
    return [
      failure(`${path} can’t be read (${codeOf(error)})`, 'give this user the right to read it'),
    ];
  }
  const others = counts.links + counts.special;
  if (others === 0) return [ok(`${path} can be read`)];
  return [
    ok(`${path} can be read`),
    warning(
      `${formatCount(others)} of its ${counts.names === NAMES ? 'first ' : ''}${counted(counts.names, 'name')} ${others === 1 ? 'is a link or no file, and' : 'are links or no files, and'} not migrated`,
      'storage plan names them all',
    ),
  ];
}

/** On the way back, nothing may lie in it that nobody knows of: it would count as newer than the bucket’s files. */
async function newOrKnown(
  path: string,
  { journal }: Patient,
  signal: AbortSignal,
): Promise<Finding[]> {
  const file = await firstFile(path, signal);
  if (file === undefined) return [ok('it has no files: they can be brought here')];
  if (wasFoundEmpty(path))
    return [ok('it has files, of the application’s: it was empty before the mode prepare')];
  if (await hasBegun(journal)) return [ok('it has files, of the migration that has begun')];
  return [
    warning(
      `it has files, such as ${JSON.stringify(file)}, of which nobody has said what they are: before the first run, they would count as newer than the bucket’s`,
      'give an empty directory; if they are the application’s, or copies of a migration whose journal is gone: storage migrate --known-files',
    ),
  ];
}

/** Folders without a file in them may be many: it is looked for no longer than the check may take. */
async function firstFile(path: string, signal: AbortSignal): Promise<string | undefined> {
  const provider = new LocalStorageProvider({ root: path });
  try {
    for await (const entry of provider.list({ signal }))
      if (entry.type === 'file') return entry.key;
    return undefined;
  } finally {
    await provider.close();
  }
}

async function hasBegun(journal: JournalPatient | undefined): Promise<boolean> {
  if (journal === undefined) return false;
  try {
    await using opened = await openJournal(journal.place, { access: 'look' });
    return (await opened.journal.runs()).some(({ kind }) => kind === 'migrate');
  } catch (error) {
    if (isStorageError(error)) return false; // there is none, or its own check tells
    throw error;
  }
}

/** The place for what is under way must be in the directory itself. */
async function reserved(path: string): Promise<Finding[]> {
  for (const name of ['.storage', '.storage/staging', '.storage/trash']) {
    const found = await lstat(join(path, name)).catch(() => undefined); // it is made when it is needed
    if (found?.isSymbolicLink()) {
      return [failure(`${join(path, name)} is a link, and is not followed`, 'make it a directory')];
    }
  }
  return [];
}

async function written(path: string, patient: Patient, signal: AbortSignal): Promise<Finding[]> {
  if (isReadOnly(patient)) return [];
  try {
    await tryDirectory(path, signal);
    const swept = await sweepTrials(path);
    const found =
      swept === 0 ? [] : [note(`removed ${swept} that trials have left which were killed`)];
    return [ok('can be written to'), ...found];
  } catch (error) {
    signal.throwIfAborted();
    const code = codeOf(error);
    const text = `can’t be written to (${code})`;
    if (code === 'ENOSPC' || code === 'EDQUOT') return [failure(text, 'make room on its disk')];
    const mend =
      code === 'EROFS'
        ? 'mount it for writing'
        : `give user ${process.getuid?.() ?? ''} the right to write there, and to ${join(path, '.storage')}`;
    // migrating from it reads alone
    if (patient.role === 'migrator' && patient.back !== true)
      return [warning(`${text}: files can’t be retired from it`, mend)];
    return [failure(text, mend)];
  }
}
