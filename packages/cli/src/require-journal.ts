import { existsSync } from 'node:fs';
import { StorageError } from '@org/storage-core';
import type { Migration } from './endpoints.js';

/** @throws StorageError `NotFound` if nothing was migrated yet. */
export function requireJournal({ journal }: Migration): void {
  if (existsSync(journal)) return;
  throw new StorageError(
    'NotFound',
    `there is no journal ${journal}: run storage migrate first, or name the journal`,
  );
}
