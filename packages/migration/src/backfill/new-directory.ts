import { StorageError, type StorageProvider } from '@org/storage-core';
import type { Journal } from '../journal/journal.js';

/** Keys that a refusal names. */
const NAMED = 5;

/**
 * Before a migration to a directory begins, nothing may lie in it: what does would hide the source's files, or be a file that there
 * never was. Buckets are left out: they are filled by other ways, too, and what differs in them is told by file.
 * @param options With `known`, whether somebody knows where the files are from.
 * @throws StorageError `Conflict` that names some.
 */
export async function requireNewDirectory(options: {
  readonly target: StorageProvider;
  readonly journal: Pick<Journal, 'runs'>;
  readonly known: boolean;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const { target, journal, known, signal } = options;
  if (known || !isDirectory(target) || (await hasBegun(journal))) return;
  const found = await firstFiles(target, signal);
  // Another participant may have begun in between.
  if (found.length === 0 || (await hasBegun(journal))) return;
  const names = found.slice(0, NAMED).map((key) => JSON.stringify(key));
  throw new StorageError(
    'Conflict',
    `${target.name} has files already, which would count as newer than the source’s: ${names.join(', ')}` +
      `${found.length > NAMED ? ' and more' : ''}. Give a new directory. If they are the application’s, which works on both stores ` +
      'by now, or copies of a migration whose journal is gone, say that they are known',
    { operation: 'requireNewDirectory', provider: target.name, retryable: false },
  );
}

async function hasBegun(journal: Pick<Journal, 'runs'>): Promise<boolean> {
  return (await journal.runs()).some(({ kind }) => kind === 'migrate');
}

/** A server takes uploads in parts, and compares versions by itself. */
function isDirectory({ multipart, capabilities }: StorageProvider): boolean {
  return multipart === undefined && capabilities.conditionalUpdate !== 'native';
}

async function firstFiles(
  target: StorageProvider,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of target.list({ signal })) {
    if (entry.type === 'file') found.push(entry.key);
    if (found.length > NAMED) break;
  }
  return found;
}
