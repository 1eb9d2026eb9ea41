import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { openSqliteJournal } from '@org/storage-migration';
import type { Storage } from './fixtures.js';

/** Starts the command and kills it with SIGKILL when it has told of so many files. @returns whether it got so far. */
export async function killedAfter(
  files: number,
  storage: Storage,
  ...args: readonly string[]
): Promise<boolean> {
  const child = storage.start(...args, '--json');
  child.stderr?.resume();
  const exit = once(child, 'exit');
  let told = 0;
  if (child.stdout === null) throw new TypeError('the command’s output is piped');
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"type":"file"') && ++told === files) child.kill('SIGKILL');
  }
  const [, signal] = await exit;
  return signal === 'SIGKILL';
}

/** How many files the journal has in each state, and how many keys are in it twice. */
export async function journalled(file: string) {
  const journal = await openSqliteJournal({ file, access: 'look' });
  try {
    const totals = await journal.totals();
    const unfinished = await journal.unfinishedUploads();
    return { totals, unfinished };
  } finally {
    await journal.close();
  }
}
