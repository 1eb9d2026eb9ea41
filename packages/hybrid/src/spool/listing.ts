import type { ListEntry, ListOptions, StorageProvider } from '@org/storage-core';
import { merged, within } from '../merged.js';
import type { Entries } from './entries.js';

/** The spool over the target, in one order: where both have a key, the spool has the say. */
export function listSpooled(
  spool: Pick<Entries, 'list'>,
  target: Pick<StorageProvider, 'list'>,
  options: ListOptions,
): AsyncGenerator<ListEntry, void, undefined> {
  const { onSkip: _, ...own } = options; // what the target skips is told of, the spool's directory is nobody's concern
  return merged({
    first: spool.list(own),
    second: (part) =>
      within(target.list({ ...options, startAfter: part.startAfter }), part, nameOf),
    startAfter: options.startAfter,
    nameOf,
    choose: (spooled, there) => spooled ?? there,
  });
}

function nameOf(entry: ListEntry): string {
  return entry.type === 'file' ? entry.key : entry.prefix;
}
