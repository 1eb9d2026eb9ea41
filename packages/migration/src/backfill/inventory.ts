import type { ListedFile, SkippedEntry, StorageProvider } from '@org/storage-core';
import type { EventListener } from '../event.js';
import type { Count, Journal } from '../journal/journal.js';

/** Files that are journalled in one go. */
const PAGE = 500;

/**
 * Walks the source into the journal, a page at a time.
 * @returns `true` if the walk came to its end, `false` if `stop` fired before.
 */
export async function takeInventory(options: {
  readonly source: StorageProvider;
  readonly journal: Journal;
  /** Whether the application takes files out of the source itself, having written them to the target. */
  readonly live?: boolean | undefined;
  readonly stop?: AbortSignal | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: EventListener;
}): Promise<boolean> {
  const { source, journal, live = false, stop, signal, onEvent } = options;
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
    if (stop?.aborted) return false;
    if (entry.type !== 'file') continue;
    files.push(entry);
    seen = { files: seen.files + 1, bytes: seen.bytes + entry.size };
    if (files.length + skipped.length >= PAGE) await write();
  }
  await write();
  await journal.endScan({ missing: live ? 'pending' : 'gone' });
  const { pending } = await journal.totals();
  onEvent({ type: 'scanned', seen, todo: pending });
  return true;
}
