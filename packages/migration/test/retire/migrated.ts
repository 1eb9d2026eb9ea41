import { join } from 'node:path';
import { isStorageError, MemoryStorageProvider, parseKey } from '@org/storage-core';
import { HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider, type TrashedFile } from '@org/storage-local';
import { onTestFinished } from 'vitest';
import { type Journal, migrate, openSqliteJournal, verify } from '../../src/index.js';
import { endpoints, quickly, temporaryDirectory } from '../fixtures.js';

/** A directory, a bucket with copies of its files, and the journal of how they got there. */
export interface Migrated {
  readonly root: string;
  readonly source: LocalStorageProvider;
  readonly target: MemoryStorageProvider;
  readonly journal: Journal;
  readonly journalFile: string;
  /** The run that has copied them. */
  readonly run: string;
  /** An application that works on both. */
  readonly storage: HybridStorageProvider;
}

/** Files that were copied beside an application, and found whole. */
export async function migrated(files: Readonly<Record<string, string>>): Promise<Migrated> {
  const directory = await temporaryDirectory();
  const root = join(directory, 'files');
  // The machine does not crash here.
  const source = new LocalStorageProvider({ root, createRoot: true, durability: 'relaxed' });
  onTestFinished(() => source.close());
  for (const [key, content] of Object.entries(files)) await source.upload(key, content);
  const target = new MemoryStorageProvider({ name: 'target' });
  const journalFile = join(directory, 'journal.sqlite');
  const journal = await openSqliteJournal({ file: journalFile, endpoints });
  onTestFinished(() => journal.close());
  const stores = { source, target, journal, retry: quickly, live: true };
  const { runId: run } = await migrate(stores);
  await verify(stores);
  const storage = new HybridStorageProvider({ source, target, mode: 'hybrid', handedOver: true });
  return { root, source, target, journal, journalFile, run, storage };
}

export async function recordOf({ journal }: Pick<Migrated, 'journal'>, key: string) {
  return journal.find(parseKey(key));
}

export async function archived({ source }: Pick<Migrated, 'source'>): Promise<TrashedFile[]> {
  const entries: TrashedFile[] = [];
  for await (const entry of source.trash.list()) entries.push(entry);
  return entries;
}

/** Its content, or `undefined`. */
export async function contentIn(
  provider: Pick<LocalStorageProvider, 'download'>,
  key: string,
): Promise<string | undefined> {
  try {
    const { body } = await provider.download(key);
    return Buffer.concat(await body.toArray()).toString();
  } catch (error) {
    if (isStorageError(error, 'NotFound')) return undefined;
    throw error;
  }
}
