import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  MemoryStorageProvider,
  type MultipartUploads,
  type StorageProvider,
} from '@org/storage-core';
import { onTestFinished } from 'vitest';
import { type Journal, openSqliteJournal } from '../src/index.js';

export const endpoints = { source: 'a', target: 'b' };

/** A directory that is removed when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'storage-migration-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export async function temporaryJournal(): Promise<Journal> {
  const file = join(await temporaryDirectory(), 'journal.sqlite');
  const journal = await openSqliteJournal({ file, endpoints });
  onTestFinished(() => journal.close());
  return journal;
}

export async function memoryWith(files: Readonly<Record<string, string>>, name = 'source') {
  const provider = new MemoryStorageProvider({ name });
  for (const [key, content] of Object.entries(files)) await provider.upload(key, content);
  return provider;
}

/** The provider with some methods replaced. */
export function altered<P extends StorageProvider>(
  provider: P,
  changes: Partial<StorageProvider>,
): StorageProvider {
  return new Proxy<StorageProvider>(provider, {
    get(target, name) {
      if (Object.hasOwn(changes, name)) return Reflect.get(changes, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Unfinished uploads of which a migration needs no more than to list and abort them. */
export function uploadsOf(known: Pick<MultipartUploads, 'list' | 'abort'>): MultipartUploads {
  const unexpected = () => {
    throw new Error('not an operation of a migration');
  };
  return { ...known, listParts: unexpected, complete: unexpected, sweep: unexpected };
}

export async function contentOf(provider: StorageProvider, key: string): Promise<string> {
  const { body } = await provider.download(key);
  return Buffer.concat(await body.toArray()).toString();
}

export async function keysOf(provider: StorageProvider): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of provider.list()) if (entry.type === 'file') keys.push(entry.key);
  return keys;
}

/** Delays that don't slow a test down. */
export const quickly = { firstDelay: 0 };
