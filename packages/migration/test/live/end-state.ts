import { HybridStorageProvider } from '@org/storage-hybrid';
import { expect } from 'vitest';
import { type FileState, migrationStatus, openSqliteJournal } from '../../src/index.js';
import { HistoryFile } from './history-file.js';
import type { LiveServer } from './live-server.js';
import { keysIn, readValue } from './read-value.js';
import { openSource, openTarget, type Places } from './stores.js';

/**
 * When all is done: nothing is left in the source, in the journal or of uploads in parts. What the target holds is added to the
 * history.
 * @returns how many files the journal has in each state.
 */
export async function checkEnd(end: {
  readonly places: Places;
  readonly server: LiveServer;
  readonly journal: string;
  readonly history: string;
  readonly keys: readonly string[];
}): Promise<Readonly<Partial<Record<FileState, number>>>> {
  const [source, target] = [openSource(end.places), openTarget(end.places)];
  await using storage = new HybridStorageProvider({ source, target, mode: 'target' });
  const history = new HistoryFile(end.history);
  for (const key of end.keys) {
    await history.record({ kind: 'read', key }, () => readValue(storage, key));
  }
  await history.recordListing('', () => keysIn(storage));
  expect((await keysIn(source)).join(), 'files left in the source').toBe('');
  // Beside the migration's uploads there may be one of a probe of the bucket that was killed, which nothing removes.
  const uploads = (await end.server.openUploads()).filter(
    (key) => !key.includes('/.storage/probe-'),
  );
  expect(uploads.join(), 'unfinished uploads').toBe('');
  const journal = await openSqliteJournal({ file: end.journal, access: 'look' });
  try {
    const status = await migrationStatus(journal);
    expect(status).toMatchObject({ unresolved: 0 });
    expect(await journal.unfinishedUploads()).toEqual([]);
    const counts = Object.entries(status.files).map(
      ([state, { files }]) => [state, files] as const,
    );
    return Object.fromEntries(counts.filter(([, files]) => files > 0));
  } finally {
    await journal.close();
  }
}
