import { compareKeys, type ListEntry } from '@org/storage-core';
import type { SimulatedStore } from './simulated-store.js';
import type { StoredFile } from './stored-file.js';

const DEFAULT_PAGE_SIZE = 2;

/** A page of a listing. */
export interface Page {
  readonly entries: readonly ListEntry[];
  /** Whether there was more at that moment. */
  readonly more: boolean;
  /** For the trace. */
  readonly told: string;
}

/** What is listed after `after`, as the store is now. */
export function pageOf(
  { files, options: { pageSize = DEFAULT_PAGE_SIZE } }: SimulatedStore,
  prefix: string,
  delimiter: string | undefined,
  after: string | undefined,
): Page {
  const named = new Map<string, StoredFile | undefined>();
  for (const [key, file] of files) {
    if (!key.startsWith(prefix)) continue;
    const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
    const name = end < 0 ? key : key.slice(0, end + 1);
    if (after !== undefined && compareKeys(name, after) <= 0) continue;
    named.set(name, end < 0 ? file : undefined);
  }
  const names = [...named.keys()].sort(compareKeys);
  const shown = names.slice(0, pageSize);
  const entries = shown.map((name) => entryOf(name, named.get(name)));
  return { entries, more: names.length > pageSize, told: shown.join(', ') || 'nothing' };
}

function entryOf(name: string, file: StoredFile | undefined): ListEntry {
  if (file === undefined) return { type: 'prefix', prefix: name };
  const { key, size, etag, lastModified } = file.metadata;
  return { type: 'file', key, size, etag, lastModified };
}
