import { isStorageError, StorageError } from '@org/storage-core';
import { copyFiles } from '../backfill/copy-files.js';
import type { MigrateOptions, MigrationReport } from '../backfill/migrate.js';
import { migrationRun } from '../backfill/migration-run.js';
import { removeAbandonedUploads } from '../backfill/unfinished-uploads.js';
import type { SharedJournal } from '../journal/shared-journal.js';
import { Claims } from './claims.js';
import { enterRound } from './enter-round.js';
import { rangeFiles } from './range-files.js';
import { loadQueue } from './range-queue.js';

export interface MigrateTogetherOptions extends MigrateOptions {
  /** Opened with `access: 'share'`. */
  readonly journal: SharedJournal;
  /**
   * Milliseconds after which what a participant has claimed is taken over, if it holds its connection but was not heard of, such as one
   * whose host is suspended. The claims of one whose connection has ended are taken over at once. The same for all. Default 60,000.
   */
  readonly expiry?: number | undefined;
  /** Files that are claimed at once, at the most; or 1 GiB of them. Default 1,000. */
  readonly claimFiles?: number | undefined;
}

/**
 * {@link migrate}, by several processes at once, on several hosts perhaps, which see the same source and are called in the same way.
 * One of them takes the inventory and cuts what is pending into ranges of keys; all copy, each at its own limits, until nothing is left, and
 * report the same standing. One may come at any time, or go. What a participant that dies has begun, the others take over.
 * @throws StorageError `InvalidArgument` for another order than that of the keys; `Conflict` if others migrate another selection;
 * `Unsupported` without the package `pg-boss`, `AccessDenied` if its tables can't be made; and whatever `migrate` throws.
 */
export async function migrateTogether(given: MigrateTogetherOptions): Promise<MigrationReport> {
  const { target, journal, stop, order = 'key', expiry = 60_000, claimFiles = 1_000 } = given;
  if (order !== 'key') {
    throw new StorageError(
      'InvalidArgument',
      `files that are migrated together are cut into ranges of keys: the order "${order}" can’t be kept`,
    );
  }
  if (given.missing === true)
    throw new StorageError(
      'InvalidArgument',
      'what is missing from the target is copied again by one process: migrate, with a journal to work with alone',
    );
  if (!Number.isSafeInteger(expiry) || expiry < 1_000)
    throw new StorageError('InvalidArgument', 'the expiry is 1,000 milliseconds or more');
  if (!Number.isSafeInteger(claimFiles) || claimFiles < 1)
    throw new StorageError('InvalidArgument', 'a claim is on a whole number of files, 1 or more');
  await loadQueue(); // or nothing is begun
  return migrationRun(given, async ({ id: run, selected, live, mayCommit, ...how }) => {
    const { clock, signal, onEvent } = how;
    const entered = await enterRound({ ...given, ...how, selected, live, expiry, claimFiles });
    if (entered === undefined) return { notSelected: NONE, reason: undefined };
    const { round, rounds, queue, participants, own } = entered;
    const { number, todo, notSelected } = round;
    const claims = new Claims({ journal, queue, participants, round: number, own, expiry });
    const endBeat = clock.every(expiry / 4, () => void claims.renew().catch(() => {})); // the next look at the journal tells
    const uploads = { target, journal, signal, onEvent };
    const isOver = async () => {
      if ((await queue.open(number)) === 0)
        await participants.lead(async () => {
          if (await rounds.isOver(number)) return;
          await removeAbandonedUploads(uploads).catch((error: unknown) => {
            if (!isStorageError(error) || signal?.aborted) throw error;
          });
          await rounds.end(number);
        });
      return rounds.isOver(number);
    };
    try {
      const { failureLimit, failureBudget, largeFrom, retry = {} } = given;
      const files = rangeFiles({ ...uploads, claims, selected, mayCommit, isOver });
      const reason = await copyFiles({
        ...given,
        ...{ ...how, files, run, todo, live, stop, failureLimit, failureBudget, largeFrom, retry },
      });
      return { notSelected, reason };
    } finally {
      endBeat();
      // Where the connection has ended, so has all of this.
      await claims.release().catch(() => {});
      await participants.leave(own).catch(() => {});
    }
  });
}

const NONE = { files: 0, bytes: 0 };
