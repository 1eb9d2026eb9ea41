import type { Key } from '@org/storage-core';
import type { FileRecord, FileState, Journal } from './journal.js';

const PAGE = 1000;

/**
 * The journal's files in some states, a page at a time, ordered by key, until `stop` fires. Each key is handed out once,
 * whatever becomes of its state meanwhile.
 */
export async function* filesIn(
  journal: Journal,
  states: readonly FileState[],
  stop?: AbortSignal,
): AsyncGenerator<FileRecord, void, undefined> {
  let after: Key | undefined;
  for (;;) {
    const page = await journal.page({
      states,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const file of page) {
      if (stop?.aborted) return;
      yield file;
      after = file.key;
    }
    if (page.length < PAGE) return;
  }
}
