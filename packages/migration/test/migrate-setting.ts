import { MemoryStorageProvider, StorageError, type StorageProvider } from '@org/storage-core';
import { type MigrateOptions, type MigrationEvent, migrate } from '../src/index.js';
import { altered, memoryWith, quickly, temporaryJournal } from './fixtures.js';

export const unavailable = () => new StorageError('Unavailable', 'the server is down');

/** A migration of these files that a test runs, and what it tells. */
export async function setting(files: Record<string, string>) {
  const source = await memoryWith(files);
  const target = new MemoryStorageProvider({ name: 'target' });
  const journal = await temporaryJournal();
  const events: MigrationEvent[] = [];
  const run = (changes: Partial<MigrateOptions> = {}) =>
    migrate({
      source,
      target,
      journal,
      retry: quickly,
      onEvent: (event) => events.push(event),
      ...changes,
    });
  return { source, target, journal, events, run };
}

/** Counts uploads, and lets a test act on them. */
export function watched(
  target: StorageProvider,
  before: (key: string, nth: number) => void = () => {},
) {
  const keys: string[] = [];
  const provider = altered(target, {
    upload: async (key, body, options) => {
      keys.push(key);
      before(key, keys.length);
      return target.upload(key, body, options);
    },
  });
  return { provider, keys };
}
