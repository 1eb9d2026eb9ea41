import type { Key } from '@org/storage-core';
import { filesIn } from '../journal/file-pages.js';
import type { FileRecord, UnfinishedUpload } from '../journal/file-record.js';
import type { FileOrder, Journal } from '../journal/journal.js';
import type { CopyUpOptions } from './copy-up.js';
import type { Selects } from './selection.js';

/** A file that is to be copied. */
export interface PendingFile extends Pick<CopyUpOptions, 'mayCommit' | 'unfinished'> {
  readonly file: FileRecord;
  /** What becomes of it is recorded here. */
  readonly journal: Journal;
  /** Awaits what is done with it. `undefined`: meanwhile others have taken it over, and it is none of this run’s any more. */
  whileHeld<T>(work: () => Promise<T>): Promise<T | undefined>;
}

/** Files that are to be copied, as they are asked for, until `stop` fires. */
export type PendingFiles = (stop: AbortSignal) => AsyncIterable<PendingFile>;

/** All that are pending in a journal and selected, for who works with it alone. */
export function pendingFiles(options: {
  readonly journal: Journal;
  readonly selected: Selects | undefined;
  readonly order: FileOrder | undefined;
  readonly unfinished: ReadonlyMap<Key, UnfinishedUpload>;
  readonly mayCommit: CopyUpOptions['mayCommit'];
}): PendingFiles {
  const { journal, selected, order = 'key', unfinished, mayCommit } = options;
  return async function* (stop) {
    for await (const file of filesIn(journal, { states: ['pending'], order }, stop))
      if (selected?.(file) ?? true)
        yield {
          ...{ file, journal, mayCommit, unfinished: unfinished.get(file.key) },
          whileHeld: (work) => work(),
        };
  };
}
