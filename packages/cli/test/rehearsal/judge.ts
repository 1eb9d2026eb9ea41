import type { StorageErrorCode } from '@org/storage-core';
import { checkLongHistory } from '../../../migration/test/live/check-history.js';
import { type FailureRecord, readHistory } from '../../../migration/test/live/history-file.js';
import { firstValueOf, keyOf } from './files.js';

/** A time in which some errors are to be expected, by the clock of the histories. */
export interface Trouble {
  readonly codes: readonly StorageErrorCode[];
  readonly began: number;
  readonly ended: number;
}

export interface Verdict {
  readonly operations: number;
  readonly unanswered: number;
  readonly failed: number;
  readonly listings: number;
  readonly keys: number;
}

/**
 * @throws Error if what clients saw of a key has no explanation, with the history of that key; or if anything has failed without
 * a reason.
 */
export async function judge(
  files: number,
  recorded: readonly { readonly process: string; readonly path: string }[],
  troubles: readonly Trouble[],
): Promise<Verdict> {
  const initial = new Map(
    Array.from({ length: files }, (_, file) => [keyOf(file), firstValueOf(file)] as const),
  );
  const histories = recorded.map(({ process, path }) => readHistory(path, process));
  const operations = histories.flatMap((history) => history.operations);
  const listings = histories.flatMap((history) => history.listings);
  await checkLongHistory(initial, { operations, listings });
  const failures = histories.flatMap((history) => history.failures).filter(isFailure);
  const strange = failures.filter(
    (failure) => !troubles.some((trouble) => explains(trouble, failure)),
  );
  const [first] = strange;
  if (first !== undefined)
    throw new Error(
      `${strange.length} operations have failed without a reason, such as a ${first.kind} of ${first.about} by ${first.process}: ` +
        `${first.code} ${first.error}`,
    );
  const keys = new Set([...initial.keys(), ...operations.map(({ operation }) => operation.key)]);
  return {
    operations: operations.length,
    unanswered: operations.filter(({ ended }) => ended === Number.POSITIVE_INFINITY).length,
    failed: failures.length,
    listings: listings.length,
    keys: keys.size,
  };
}

/** What has to do with others who work on the same key is an answer, though none that says what there is. */
const ANSWERS: Readonly<Partial<Record<StorageErrorCode, readonly FailureRecord['kind'][]>>> = {
  PreconditionFailed: ['read'],
  Conflict: ['create', 'update', 'remove', 'read'], // Ceph so answers reads of what is replaced just then
};

function isFailure({ kind, code }: FailureRecord): boolean {
  return code === undefined || ANSWERS[code]?.includes(kind) !== true;
}

function explains({ codes, began, ended }: Trouble, { code, ...failure }: FailureRecord): boolean {
  return codes.some((each) => each === code) && failure.began <= ended && failure.failed >= began;
}
