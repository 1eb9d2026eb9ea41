import type { StorageProvider } from '@org/storage-core';
import { expect } from 'vitest';
import { HistoryFile } from '../../../migration/test/live/history-file.js';
import { keysIn, readValue } from '../../../migration/test/live/read-value.js';
import { keyOf } from './files.js';

const AT_ONCE = 8;

/**
 * Adds what the last store holds by itself to the history, as if it were read by one more client, so that it is compared with all
 * that clients wrote.
 */
export async function recordEnd(end: {
  /** Where the files have come to. */
  readonly target: StorageProvider;
  /** The stores that they have left, which have to be empty. */
  readonly left: readonly StorageProvider[];
  /** That were there at first. */
  readonly files: number;
  /** Keys that the application has worked on. */
  readonly dealt: readonly string[];
  /** Of the history. */
  readonly path: string;
}): Promise<void> {
  const { target } = end;
  for (const source of end.left)
    expect(await keysIn(source), `files left in ${source.name}`).toEqual([]);
  const history = new HistoryFile(end.path);
  const initial = Array.from({ length: end.files }, (_, file) => keyOf(file));
  const keys = [...new Set([...initial, ...end.dealt])];
  const readOn = async () => {
    for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
      const read = key;
      await history.record({ kind: 'read', key: read }, () => readValue(target, read));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, readOn));
  await history.recordListing('', () => keysIn(target));
}
