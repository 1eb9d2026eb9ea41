import { StorageError } from '@org/storage-core';

/** A listing that went on would leave keys out. */
export function unfinished(): StorageError {
  return new StorageError(
    'Unavailable',
    'the server says that its listing goes on, but not from where',
  );
}

/** A listing that went on would never end. */
export function endless(): StorageError {
  return new StorageError(
    'Unavailable',
    'the server says that its listing goes on from where it has been already',
  );
}

export function outOfOrder(name: string, last: string): StorageError {
  return new StorageError(
    'Unsupported',
    `the server’s listing is not in the order of the keys’ bytes: ${JSON.stringify(name)} comes after ${JSON.stringify(last)}`,
  );
}

/**
 * A page of a proxy, or nothing at all, looks like a listing without entries when it is read as one: it has none of what
 * every listing tells of itself.
 */
export function checkListing(...told: readonly unknown[]): void {
  if (told.some((value) => value !== undefined)) return;
  throw new StorageError(
    'Unavailable',
    'the answer is not a listing; is there a proxy on the way to the server?',
  );
}
