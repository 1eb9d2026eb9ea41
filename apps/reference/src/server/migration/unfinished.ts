import type { Journal } from '@org/storage-migration';

/** A copying that was begun, and has not come to its end. */
export interface Unfinished {
  /** When it is to be gone on with, in milliseconds since 1970. @param every milliseconds after a round that left files open. */
  due(every?: number): number;
}

const EVERY = 15 * 60_000;

/**
 * What was begun goes on until nothing is left, in whichever process: at once where the last run was killed, interrupted or stopped,
 * and later where it came to its end with files open.
 */
export async function unfinishedCopying(
  journal: Journal,
  unresolved: number,
): Promise<Unfinished | undefined> {
  const last = (await journal.runs()).find(({ kind }) => kind === 'migrate');
  if (last === undefined) return undefined;
  const { outcome, ended } = last;
  if (outcome === 'complete' && unresolved === 0) return undefined;
  const open = (outcome === 'complete' || outcome === 'incomplete') && ended !== undefined;
  return { due: (every = EVERY) => (open ? ended.getTime() + every : 0) };
}
