import { StorageError } from '@org/storage-core';
import type { FleetLease, Stage } from '@org/storage-hybrid';

/** A lease, as `requireStages` gives it. */
export type HeldLease = Pick<FleetLease, 'check' | 'stage'>;

/**
 * Proves that the fleet is where a run needs it to be: with the lease of a stage, or, with `true`, the caller vouches for it.
 * @returns what has to be called before anything is changed, and throws if this process may no longer act.
 * @throws StorageError `InvalidArgument` for the lease of another stage, `Conflict` for one that was lost.
 */
export function authorityOf(given: true | HeldLease, stage: Stage): () => void {
  if (given === true) return () => {};
  if (given.stage !== stage) {
    throw new StorageError(
      'InvalidArgument',
      `the lease holds the stage "${given.stage}"; this takes one that holds "${stage}"`,
    );
  }
  given.check();
  return () => given.check();
}

/** Hands on one after the other, as long as this process may act. */
export async function* whileAllowed<T>(check: () => void, items: AsyncIterable<T>) {
  for await (const item of items) {
    check();
    yield item;
  }
}
