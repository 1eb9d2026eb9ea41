import type { StorageProvider } from '@org/storage-core';
import { statIfThere } from '@org/storage-hybrid';
import { filesIn } from '../journal/file-pages.js';
import { RESOLVED } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import type { Selects } from './selection.js';

/**
 * Makes files pending that the last verification has found missing from the target, if the source has them. They are copied like any
 * other then, by a conditional create, so that a tombstone or another value that has come there since has the say. What the source
 * does not have stays as it is: the journal knows where in the archive it may be.
 */
export async function takeMissingAgain(options: {
  readonly source: StorageProvider;
  readonly journal: Journal;
  readonly selected: Selects | undefined;
  readonly stop: AbortSignal | undefined;
  readonly signal: AbortSignal | undefined;
}): Promise<void> {
  const { source, journal, selected, stop, signal } = options;
  for await (const file of filesIn(journal, { states: RESOLVED }, stop)) {
    if (file.verification !== 'missing' || selected?.(file) === false) continue;
    if ((await statIfThere(source, file.key, signal)) === undefined) continue;
    await journal.recordResult(file.key, { state: 'pending', attempts: 0 });
  }
}
