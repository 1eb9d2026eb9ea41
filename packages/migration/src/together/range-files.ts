import type { StorageProvider } from '@org/storage-core';
import type { CopyUpOptions } from '../backfill/copy-up.js';
import type { PendingFile, PendingFiles } from '../backfill/pending-files.js';
import type { Selects } from '../backfill/selection.js';
import { unfinishedUploads } from '../backfill/unfinished-uploads.js';
import type { EventListener } from '../event.js';
import { filesIn } from '../journal/file-pages.js';
import { wait } from '../wait.js';
import type { Claim } from './claim.js';
import type { Claims } from './claims.js';

interface RangeFilesOptions {
  readonly claims: Claims;
  readonly target: StorageProvider;
  readonly selected: Selects | undefined;
  readonly mayCommit: CopyUpOptions['mayCommit'];
  readonly signal: AbortSignal | undefined;
  readonly onEvent: EventListener;
  /** Asked when there is no range to take: ends the round if that is so of all participants. @returns whether it is over. */
  readonly isOver: () => Promise<boolean>;
}

/** Milliseconds between two looks for a range that others have put back or left behind. */
export const POLL = 500;

/** The files of one range after the other, until the round is over. */
export function rangeFiles(options: RangeFilesOptions): PendingFiles {
  const { claims, onEvent } = options;
  return async function* (stop) {
    let waiting = false;
    while (!stop.aborted) {
      const claim = await claims.take();
      if (claim !== undefined) {
        waiting = false;
        yield* filesOf(claim, options, stop);
        continue;
      }
      const ranges = await claims.putBackAbandoned();
      if (ranges > 0) {
        onEvent({ type: 'put-back', ranges });
        continue;
      }
      if (await options.isOver()) return;
      if (!waiting) onEvent({ type: 'waiting', reason: 'others-copy' });
      waiting = true;
      await wait(POLL, stop);
    }
  };
}

async function* filesOf(
  claim: Claim,
  { target, selected, mayCommit, signal, onEvent }: RangeFilesOptions,
  stop: AbortSignal,
): AsyncGenerator<PendingFile, void, undefined> {
  const { range, journal } = claim;
  const unfinished = await claim.ifHeld(() =>
    unfinishedUploads({ target, journal, range, signal, onEvent }),
  );
  for await (const file of filesIn(journal, { states: ['pending'], range }, stop)) {
    if (claim.lost) return;
    if (!(selected?.(file) ?? true)) continue;
    claim.begin();
    yield {
      ...{ file, journal, unfinished: unfinished?.get(file.key) },
      mayCommit: claim.mayCommit(mayCommit),
      whileHeld: (work) => claim.whileHeld(work),
    };
  }
  if (!stop.aborted) await claim.begun();
}
