import { createInterface } from 'node:readline/promises';
import { StorageError } from '@org/storage-core';

/**
 * Asks before something is changed.
 * @returns whether it may be.
 * @throws StorageError `InvalidArgument` where nobody can be asked.
 */
export async function confirm(
  question: string,
  { yes, dryRun }: { readonly yes: boolean; readonly dryRun: boolean },
): Promise<boolean> {
  if (yes || dryRun) return true;
  if (!process.stdin.isTTY)
    throw new StorageError('InvalidArgument', 'nobody can be asked here: give --yes, or --dry-run');
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(`${question} [y/N] `)).trim().toLowerCase() === 'y';
  } catch {
    return false; // Ctrl-C
  } finally {
    lines.close();
  }
}
