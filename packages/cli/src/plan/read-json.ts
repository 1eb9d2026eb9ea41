import { readFileSync } from 'node:fs';
import { StorageError } from '@org/storage-core';

/**
 * @param what it should be, for people.
 * @throws StorageError `InvalidArgument` if the file can't be read, or is no JSON.
 */
export function readJson(file: string, what: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError('InvalidArgument', `${file} is not ${what}: ${why}`, { cause });
  }
}
