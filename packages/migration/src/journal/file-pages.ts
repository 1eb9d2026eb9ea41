import type { FileRecord } from './file-record.js';
import type { Journal, PageOptions } from './journal.js';

const PAGE = 1000;

/**
 * The journal's files of some kind, a page at a time, in their order, until `stop` fires. Each key is handed out once,
 * whatever becomes of its state meanwhile.
 */
export async function* filesIn(
  journal: Journal,
  kind: Omit<PageOptions, 'after' | 'limit'>,
  stop?: AbortSignal,
): AsyncGenerator<FileRecord, void, undefined> {
  let after: FileRecord | undefined;
  for (;;) {
    const page = await journal.page({
      ...kind,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const file of page) {
      if (stop?.aborted) return;
      yield file;
      after = file;
    }
    if (page.length < PAGE) return;
  }
}
