import { type ETag, type ListedFile, parseKey } from '@org/storage-core';
import { onTestFinished } from 'vitest';
import type { Endpoints, FileRecord, Journal, PageOptions, Position } from '../../src/index.js';
import { endpoints } from '../fixtures.js';

export interface Opening {
  readonly endpoints?: Endpoints;
  readonly access?: 'work' | 'look';
}

/** A place for one journal, empty at first, removed when the test ends. */
export interface JournalStore {
  open(opening: Opening): Promise<Journal>;
  /** An expression that opens the journal to work with it in another process, which finds the package as `migration` and has `require`. */
  readonly expression: string;
}

/** The store's journal, to work with; closed when the test ends. */
export async function opened(
  store: JournalStore,
  opening: Opening = { endpoints },
): Promise<Journal> {
  const journal = await store.open(opening);
  onTestFinished(() => journal.close());
  return journal;
}

export const file = (key: string, given: Partial<Omit<ListedFile, 'key'>> = {}): ListedFile => ({
  type: 'file',
  key: parseKey(key),
  size: 1,
  etag: 'e1' as ETag,
  lastModified: new Date(0),
  ...given,
});

export async function scan(journal: Journal, ...files: ListedFile[]): Promise<void> {
  await journal.startScan();
  await journal.recordSeen(files);
  await journal.endScan();
}

export async function states(journal: Journal): Promise<Record<string, string>> {
  const files = await journal.page({ limit: 1000 });
  return Object.fromEntries(files.map(({ key, state }) => [key, state]));
}

export async function keysOf(
  journal: Journal,
  options: Omit<PageOptions, 'limit'>,
): Promise<string[]> {
  return (await journal.page({ ...options, limit: 1000 })).map(({ key }) => key);
}

/** All files of a kind, in pages of `limit`. */
export async function paged(journal: Journal, options: PageOptions): Promise<FileRecord[]> {
  const files: FileRecord[] = [];
  for (let after: Position | undefined; ; after = files.at(-1)) {
    const page = await journal.page({ ...options, ...(after && { after }) });
    if (page.length === 0) return files;
    files.push(...page);
  }
}
