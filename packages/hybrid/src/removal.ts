import {
  type Condition,
  type DeleteOptions,
  isAtomic,
  isStorageError,
  type StorageProvider,
} from '@org/storage-core';
import type { Change } from './change.js';
import { ifThere } from './look.js';
import type { Stage } from './mode.js';
import type { Reads } from './read.js';
import { putTombstone } from './tombstone.js';

/** The two stores, and what looks for files in both. */
interface Stores {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  readonly reads: Reads;
}

/** In the target, a delete is the write of a tombstone; once the source is retired, none is needed any more. */
export function removal(
  { source, target, reads }: Stores,
  key: string,
  stage: Stage,
  { condition, signal }: DeleteOptions,
): Change<void> {
  const remove = (from: StorageProvider, given: Condition | undefined) =>
    from.delete(key, given?.type === 'match' ? { condition: given, signal } : { signal });
  const bury = async (given: Condition | undefined) => {
    try {
      await putTombstone(target, key, given, signal);
    } catch (error) {
      if (given !== undefined || !isStorageError(error, 'InvalidKey')) throw error;
      // A target that can't hold the key does not have it, a directory's name, say: if the source has nothing either, all is done.
      if ((await ifThere(reads.find(key, stage, signal))) !== undefined) throw error;
    }
  };
  const plainly =
    stage === 'target' &&
    (condition === undefined || isAtomic(target.capabilities.conditionalDelete));
  return {
    key,
    condition,
    signal,
    repeatable: true,
    inSource: (given) => remove(source, given),
    inTarget: (given) => (plainly ? remove(target, given) : bury(given)),
  };
}
