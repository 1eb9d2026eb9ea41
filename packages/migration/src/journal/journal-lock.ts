import { StorageError } from '@org/storage-core';
import Database from 'libsql';

/** Held by the one process that writes a journal. */
export interface JournalLock {
  release(): void;
}

/**
 * Keeps a second migration off the same journal. The lock is SQLite's own, on a file beside the journal, so that the
 * operating system lets go of it when the process dies, however it dies, and readers of the journal are not disturbed.
 * @throws StorageError `Conflict` if another process holds it.
 */
export function lockJournal(file: string): JournalLock {
  const lock = new Database(`${file}.lock`, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    throw new StorageError(
      'Conflict',
      `another process is working with the journal ${file}; wait for it to end, or stop it`,
      { cause, retryable: false },
    );
  }
  return { release: () => lock.close() };
}
