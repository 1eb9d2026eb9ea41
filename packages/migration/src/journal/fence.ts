import { StorageError } from '@org/storage-core';

/**
 * A participant's claim on a range of keys. Whoever takes the range over counts the token up, so that the one before, paused perhaps
 * and not aware of it, can't write any more (Kleppmann, "How to do distributed locking", 2016).
 */
export interface Fence {
  /** Its id. */
  readonly range: string;
  readonly token: number;
  /** Whether this process has found that it does not hold the claim any more. */
  lost: boolean;
}

/** That of a transaction, until its end, which whoever takes the range over has to wait for. */
export const HELD = 'SELECT 1 FROM claims WHERE range = $1 AND token = $2 FOR SHARE';

export function takenOver({ range }: Fence): StorageError {
  return new StorageError(
    'Conflict',
    `another process has taken over these files, since this one was not heard of (range ${range})`,
    { retryable: false },
  );
}
