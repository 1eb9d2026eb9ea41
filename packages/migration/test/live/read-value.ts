import { isStorageError, type StorageProvider } from '@org/storage-core';
import { valueIn } from './content.js';

/** The value of a file; `undefined` if there is none. */
export async function readValue(
  storage: Pick<StorageProvider, 'download'>,
  key: string,
): Promise<string | undefined> {
  try {
    const { body } = await storage.download(key);
    return valueIn(Buffer.concat(await body.toArray()));
  } catch (error) {
    if (isStorageError(error, 'NotFound')) return undefined;
    throw error;
  }
}

/** The keys of all files, but for those that providers keep for themselves. */
export async function keysIn(
  storage: Pick<StorageProvider, 'list'>,
  prefix = '',
): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of storage.list({ prefix }))
    if (entry.type === 'file' && !isReserved(entry.key)) keys.push(entry.key);
  return keys;
}

/** What providers keep for themselves, such as what a probe of a bucket writes there, is not the application's. */
function isReserved(key: string): boolean {
  return key.startsWith('.storage/');
}
