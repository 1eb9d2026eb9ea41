import { realpath, stat } from 'node:fs/promises';
import { type Check, type Finding, failure, note, ok, warning } from '../check.js';
import { type FileSystemTrial, tryDirectory, WORKS } from '../directory-trial.js';
import { kindOf, mountsBelow } from '../mounts.js';
import { isReadOnly } from './directory.js';

export const fileSystem: Check = {
  id: 'file-system',
  title: 'What the file system of the directory does',
  needs: ['directory'],
  hindrance: 'the file system is not fit for it',
  applies: (patient) => patient.directory !== undefined,
  async run(patient, signal) {
    const root = await realpath(patient.directory?.path ?? '').catch(() => undefined); // gone, in the mode target
    if (root === undefined) return [];
    const trash = patient.directory?.trash;
    return [
      ...(await kind(root)),
      ...(isReadOnly(patient) ? [] : await traits(root, signal)),
      ...(await elsewhere(root)),
      ...(trash === undefined ? [] : await sameFileSystem(root, trash)),
    ];
  },
};

async function kind(root: string): Promise<Finding[]> {
  const { name, place } = await kindOf(root);
  if (place === 'network') {
    return [
      warning(
        `${name}: other hosts may see changes seconds late, and locks may be lost`,
        'let hosts that share it run the same release, and see “Several hosts” in the guide',
      ),
    ];
  }
  if (place === 'memory')
    return [warning(`${name}: what is there is gone when the machine starts anew`, 'use a disk')];
  if (place === 'unknown') return [note(`${name}: it may be on a network`)];
  return [ok(name)];
}

async function traits(root: string, signal: AbortSignal): Promise<Finding[]> {
  let found: FileSystemTrial;
  try {
    found = await tryDirectory(root, signal);
  } catch {
    signal.throwIfAborted();
    return []; // the check of the directory tells
  }
  const { fsync, rename, hardLinks, reflinks, directorySync, caseSensitive, keepsUnicode } = found;
  const findings: Finding[] = [];
  if (rename !== WORKS || fsync !== WORKS) {
    const what = rename === WORKS ? `fsync (${fsync})` : `rename (${rename})`;
    findings.push(
      failure(`${what} does not work: uploads can’t be kept safely`, 'use another file system'),
    );
  }
  if (hardLinks !== WORKS)
    findings.push(
      warning(
        `no hard links (${hardLinks}): files can’t be created only if absent`,
        'use another file system, if that matters',
      ),
    );
  if (directorySync !== WORKS)
    findings.push(
      note(`directories can’t be synced (${directorySync}): a crash may undo the last upload`),
    );
  if (!caseSensitive)
    findings.push(
      warning('A and a are one file: keys that differ by that collide', 'storage plan names them'),
    );
  if (!keepsUnicode)
    findings.push(
      warning(
        'two ways to write é are one file: keys that differ by that collide',
        'storage plan names them',
      ),
    );
  const told = [
    caseSensitive && keepsUnicode ? 'names are kept as they are' : '',
    rename === WORKS && fsync === WORKS ? 'rename and fsync work' : '',
    hardLinks === WORKS ? 'hard links' : '',
    reflinks === WORKS ? 'reflinks' : 'no reflinks: copies take room',
  ].filter((part) => part !== '');
  return [...findings, ok(told.join(', '))];
}

async function elsewhere(root: string): Promise<Finding[]> {
  const points = await mountsBelow(root);
  if (points.length === 0) return [];
  return [
    warning(
      `something else is mounted below it, at ${points.slice(0, 3).join(', ')}: files there can’t be written or retired, since they can’t be renamed from .storage`,
      'migrate each file system by itself',
    ),
  ];
}

async function sameFileSystem(root: string, trash: string): Promise<Finding[]> {
  const found = await stat(trash).catch(() => undefined); // it is made when it is needed
  if (found === undefined || found.dev === (await stat(root)).dev) return [];
  return [
    failure(
      `the archive ${trash} is on another file system: files can’t be renamed into it`,
      'put it on the directory’s own',
    ),
  ];
}
