import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Bytes. */
const MOST = 64 * 1024;

const TEXT = new TextDecoder('utf-8', { fatal: true });

export interface SecretFile {
  /** Its whole path. */
  readonly file: string;
  readonly value: string;
  /** Whether every user of the machine can read it. */
  readonly isOpen: boolean;
}

/** A secret without the line feed at its end, or what is wrong with its file. */
export function readSecret(path: string, directory: string): SecretFile | string {
  const file = resolve(directory, path);
  let descriptor: number;
  try {
    // A pipe without a writer would keep it waiting.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return `names the file ${file}, which can’t be read (${codeOf(error)})`;
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return `names ${file}, which is no file`;
    if (stats.size > MOST) return `names the file ${file}, which is too large for a secret`;
    const value = TEXT.decode(readFileSync(descriptor)).replace(/\r?\n$/, '');
    if (value === '') return `names the file ${file}, which is empty`;
    return { file, value, isOpen: (stats.mode & 0o004) !== 0 };
  } catch {
    return `names the file ${file}, which is not text`;
  } finally {
    closeSync(descriptor);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
