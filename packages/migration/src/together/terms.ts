import { StorageError } from '@org/storage-core';
import type { Selection } from '../backfill/selection.js';

/** What all who migrate together have to go by. */
interface Terms {
  readonly live: boolean;
  /** Milliseconds: by another one, claims would be taken over that are held. */
  readonly expiry: number;
  readonly select?: Selection | undefined;
}

/** The same text for the same terms. */
export function encodeTerms({ live, expiry, select = {} }: Terms): string {
  const { include, exclude, minSize, maxSize, modifiedSince, modifiedBefore } = select;
  return JSON.stringify({
    ...{ live, expiry },
    ...{ include, exclude, minSize, maxSize, modifiedSince, modifiedBefore },
  });
}

/** @throws StorageError `Conflict` unless they are the same. */
export function requireSameTerms(ours: string, theirs: string): void {
  if (ours === theirs) return;
  throw new StorageError(
    'Conflict',
    `others migrate together by other options, ${theirs}, than these, ${ours}: use the same, or wait for them to end`,
    { retryable: false },
  );
}
