import type { UnfinishedFileRow } from '../database/schema.js';
import type { FileRemoval } from '../files/removal.js';
import type { UnfinishedFiles } from '../files/unfinished.js';

const HOUR = 3_600_000;

/** ms after which nobody is at it any more. Longer than a request, and than the URLs of a ticket are good for. */
const GIVEN_UP: Readonly<Record<UnfinishedFileRow['state'], number>> = {
  upload: 24 * HOUR,
  direct: 48 * HOUR,
  delete: HOUR / 12,
};

/**
 * Removes what uploads have left that were never finished, and what could not be removed when its file was deleted. A row is claimed first, so
 * that an upload which ends after all finds itself given up, and is not shown as a file whose object is being removed.
 */
export async function removeUnfinished(
  unfinished: UnfinishedFiles,
  removal: FileRemoval,
  now: Date,
  signal: AbortSignal,
): Promise<{ readonly removed: number; readonly failed: number }> {
  let [removed, failed] = [0, 0];
  for (const state of ['upload', 'direct', 'delete'] as const) {
    const before = new Date(now.getTime() - GIVEN_UP[state]);
    let after = '';
    while (!signal.aborted) {
      const rows = await unfinished.list(state, before, after);
      for (const { id } of rows) {
        after = id;
        const row = await unfinished.giveUp(id, before);
        if (row === undefined) continue;
        try {
          await removal.remove(row);
          removed += 1;
        } catch {
          failed += 1; // stays, and is tried again by the next run
        }
      }
      if (rows.length === 0) break;
    }
  }
  return { removed, failed };
}
