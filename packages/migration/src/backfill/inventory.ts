import type { ListedFile, SkippedEntry, StorageProvider } from '@org/storage-core';
import type { EventListener } from '../event.js';
import { filesIn } from '../journal/file-pages.js';
import type { Count, Journal } from '../journal/journal.js';
import type { Selects } from './selection.js';

/** Files that are journalled in one go. */
const PAGE = 500;

/** What a run has to look at. */
interface Inventory {
  readonly todo: Count;
  /** Of the files that are not resolved, those that were left out by the run's selection. */
  readonly notSelected: Count;
}

/**
 * Walks the source into the journal, a page at a time: all of it, whatever the run selects.
 * @returns `undefined` if `stop` fired before the walk came to its end.
 */
export async function takeInventory(options: {
  readonly source: StorageProvider;
  readonly journal: Journal;
  /** Whether the application takes files out of the source itself, having written them to the target. */
  readonly live?: boolean | undefined;
  readonly selected: Selects | undefined;
  readonly stop?: AbortSignal | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: EventListener;
}): Promise<Inventory | undefined> {
  const { source, journal, live = false, selected, stop, signal, onEvent } = options;
  let files: ListedFile[] = [];
  let skipped: SkippedEntry[] = [];
  let seen: Count = { files: 0, bytes: 0 };
  const write = async () => {
    await Promise.all([journal.recordSeen(files), journal.recordSkipped(skipped)]);
    files = [];
    skipped = [];
    onEvent({ type: 'scanning', seen });
  };
  const onSkip = (entry: SkippedEntry) => {
    skipped.push(entry);
    onEvent({ type: 'skipped', entry });
  };
  await journal.startScan();
  for await (const entry of source.list({ signal, onSkip })) {
    if (stop?.aborted) return undefined;
    if (entry.type !== 'file') continue;
    files.push(entry);
    seen = { files: seen.files + 1, bytes: seen.bytes + entry.size };
    if (files.length + skipped.length >= PAGE) await write();
  }
  await write();
  await journal.endScan({ missing: live ? 'pending' : 'gone' });
  const { pending } = await journal.totals();
  const todo = selected === undefined ? pending : await count(journal, selected, stop);
  const notSelected = { files: pending.files - todo.files, bytes: pending.bytes - todo.bytes };
  onEvent({ type: 'scanned', seen, todo });
  return { todo, notSelected };
}

async function count(
  journal: Journal,
  selected: Selects,
  stop: AbortSignal | undefined,
): Promise<Count> {
  let [files, bytes] = [0, 0];
  for await (const file of filesIn(journal, { states: ['pending'] }, stop)) {
    if (!selected(file)) continue;
    files++;
    bytes += file.size;
  }
  return { files, bytes };
}
