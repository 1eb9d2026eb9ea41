import { lstat, opendir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { counted, formatCount } from '../../format.js';
import { type Check, type Finding, failure, note, ok, warning } from '../check.js';
import { codeOf, sweepTrials, tryDirectory } from '../directory-trial.js';
import type { Patient } from '../patient.js';

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
      ...(await reserved(real)),
      ...(await written(real, patient, signal)),
    ];
  },
};

/** Whether it is only read from: nothing is tried out, then. */
export function isReadOnly({ role, mode }: Pick<Patient, 'role' | 'mode'>): boolean {
  return role === 'readonly' || mode === 'target';
}

function missing(path: string, code: string, { mode, directory }: Patient): Finding {
  if (code !== 'ENOENT' && code !== 'ENOTDIR')
    return failure(
      `${path} can’t be looked at (${code})`,
      'give this user the right to search its parents',
    );
  if (mode === 'target') return note(`${path} is gone, and is not needed in the mode target`);
  if (directory?.made === true) return note(`${path} is not there yet, and will be made`);
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
    // migrating reads alone
    if (patient.role === 'migrator')
      return [warning(`${text}: files can’t be retired from it`, mend)];
    return [failure(text, mend)];
  }
}
