import type { BigIntStats } from 'node:fs';
import { lstat, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Key, StorageError } from '@org/storage-core';
import { isMissing } from './file-error.js';
import { namesIn } from './presence.js';
import { stagingPath } from './reserved.js';
import type { Root } from './root.js';
import { stagingName } from './staging.js';

/** What a file system makes of names. */
export interface FileSystemTraits {
  /** Whether `a` and `A` are two files. */
  readonly caseSensitive: boolean;
  /** Whether `é` in one character and in two (NFC, NFD) are two files. */
  readonly preservesUnicode: boolean;
}

/** What is known by now of the file system of a root; `undefined` is not known. */
export class Spelling {
  caseSensitive: boolean | undefined;
  preservesUnicode: boolean | undefined;

  /** Whether a file may be found under a name that is not its own. */
  get folds(): boolean {
    return this.caseSensitive === false || this.preservesUnicode === false;
  }

  learn({ caseSensitive, preservesUnicode }: FileSystemTraits): FileSystemTraits {
    this.caseSensitive = caseSensitive;
    this.preservesUnicode = preservesUnicode;
    return { caseSensitive, preservesUnicode };
  }
}

/** Letters that have another case, and one that has another form. */
const PROBE = 'probe-\u00e9';

/** Tries it out with a file in staging. */
export async function probeSpelling(root: Root): Promise<FileSystemTraits> {
  const name = `${stagingName(PROBE)}.${PROBE}`; // its process is known by it, should it be killed now
  const path = join(stagingPath(root), name);
  const handle = await open(path, 'wx');
  try {
    const stats = await handle.stat({ bigint: true });
    const isHere = (variant: string) => isSame(join(stagingPath(root), variant), stats);
    return root.spelling.learn({
      caseSensitive: !(await isHere(swapCase(name))),
      preservesUnicode: !(await isHere(name.normalize('NFD'))),
    });
  } finally {
    await handle.close();
    await rm(path, { force: true });
  }
}

/**
 * Whether something that was found at a path of the root has exactly this name, and not another one that the file system
 * takes for the same. Names are only read where it is not known that there are none such.
 * @param path relative to the root.
 */
export async function isSpelt(root: Root, path: string): Promise<boolean> {
  await learnFrom(root, path);
  if (!root.spelling.folds) return true;
  const segments = path.split('/');
  for (const [index, segment] of segments.entries()) {
    const parent = join(root.path, ...segments.slice(0, index));
    if (!(await namesIn(parent)).includes(segment)) return false;
  }
  return true;
}

/**
 * @throws StorageError `InvalidKey` if the file system takes a part of the key for something else that is there.
 */
export async function refuseOtherSpelling(root: Root, key: Key): Promise<void> {
  if (!root.spelling.folds) return;
  const segments = key.split('/');
  for (const [index, segment] of segments.entries()) {
    const parents = segments.slice(0, index);
    const names = await namesIn(join(root.path, ...parents));
    if (names.includes(segment)) continue;
    const other = names.find((name) => fold(name) === fold(segment));
    if (other !== undefined) throw collision(key, [...parents, other].join('/'));
  }
}

/** A root that is only read can't be probed; but a file that is there tells whether it has further names. */
async function learnFrom(root: Root, path: string): Promise<void> {
  const { spelling } = root;
  if (spelling.caseSensitive === undefined) {
    spelling.caseSensitive = await isDistinct(root, path, swapCase(path));
  }
  if (spelling.preservesUnicode === undefined) {
    const composed = path.normalize('NFC');
    const other = composed === path ? path.normalize('NFD') : composed;
    spelling.preservesUnicode = await isDistinct(root, path, other);
  }
}

/** `undefined` if the path tells nothing. */
async function isDistinct(root: Root, path: string, other: string): Promise<boolean | undefined> {
  if (other === path) return undefined;
  try {
    const stats = await lstat(join(root.path, path), { bigint: true });
    return !(await isSame(join(root.path, other), stats));
  } catch {
    return undefined;
  }
}

async function isSame(path: string, { ino, dev }: BigIntStats): Promise<boolean> {
  try {
    const found = await lstat(path, { bigint: true });
    return found.ino === ino && found.dev === dev;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Of the letters whose cases no two systems disagree about. */
function swapCase(text: string): string {
  const upper = text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
  return upper === text ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : upper;
}

const fold = (name: string) => name.normalize('NFKC').toLowerCase();

function collision(key: Key, other: string): StorageError {
  return new StorageError(
    'InvalidKey',
    `${key} collides with ${other}: the file system of the root takes the two for one name. Choose another key, or remove that`,
    { key },
  );
}
