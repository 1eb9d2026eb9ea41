import { isStorageError, type Key } from '@org/storage-core';
import type { EventListener } from '../event.js';
import {
  IN_TARGET,
  ReferencePass,
  type ReferencesReport,
  type UpdateReferencesOptions,
  updateReferences,
} from './update-references.js';

/** Tells the application's table while files are copied. */
export interface ReferenceUpdates {
  /** Takes the events of a migration: a file's outcome is journalled when its event comes. */
  readonly onEvent: EventListener;
  /**
   * Tells all that has not been told yet, by {@link updateReferences}.
   * @throws StorageError as that does.
   */
  close(): Promise<ReferencesReport>;
}

/** Batches that may wait; what comes beyond is told at the end. */
const WAITING = 20;

/**
 * A table that is told of files as they are copied, in batches. Copying does not wait for it: where the table can't follow, or fails, the
 * rest is told at the end.
 */
export function referenceUpdates(
  options: Omit<UpdateReferencesOptions, 'reverted'>,
): ReferenceUpdates {
  const { journal, batch = 500, onProblem: _, onProgress: __, ...others } = options;
  const pass = new ReferencePass({ ...others, journal });
  const waiting: Key[] = [];
  let error: unknown;
  let running: Promise<void> | undefined;

  const drain = async () => {
    while (waiting.length >= batch && !pass.hopeless) {
      const files = await Promise.all(waiting.splice(0, batch).map((key) => journal.find(key)));
      await pass.tell(
        files.filter((file) => file !== undefined).filter(({ referenced }) => !referenced),
      );
    }
  };
  const start = () => {
    running ??= drain()
      .catch((failure: unknown) => {
        error = failure;
      })
      .finally(() => {
        running = undefined;
      });
  };

  return {
    onEvent(event) {
      if (event.type !== 'file' || !IN_TARGET.includes(event.state)) return;
      if (error !== undefined || pass.hopeless || waiting.length >= WAITING * batch) return;
      waiting.push(event.key);
      if (waiting.length >= batch) start();
    },
    async close() {
      await running;
      if (error !== undefined && !isStorageError(error)) throw error;
      const rest = await updateReferences(options);
      const { changed, already } = pass.report(false);
      return { ...rest, changed: rest.changed + changed, already: rest.already + already };
    },
  };
}
