import { setTimeout as sleep } from 'node:timers/promises';
import { isStorageError } from '@org/storage-core';
import { migrate } from '../../src/backfill/migrate.js';
import { type FileState, type Journal, openSqliteJournal } from '../../src/index.js';
import { retire } from '../../src/retire/retire.js';
import { answerQuestions } from './answering.js';
import { Dice } from './dice.js';
import { stallNowAndThen } from './stalls.js';
import { openMigrationStores, type Places } from './stores.js';

interface MigratorSettings {
  readonly places: Places;
  readonly journal: string;
  readonly seeds: readonly number[];
}

/** States in which the target has the say over a key. */
const SETTLED: readonly FileState[] = ['copied', 'present', 'superseded', 'deleted'];

/** What this process has done: the last key, in their order, and how many there were. */
let front = '';
let settled = 0;

/**
 * Runs the migration to its end: a few files at a time, which are retired before the next. What fails because the server is away
 * is begun again.
 */
async function run({ places, journal: file, seeds }: MigratorSettings): Promise<void> {
  const dice = new Dice(...seeds);
  stallNowAndThen(dice);
  const endpoints = { source: places.root, target: places.bucket.bucket };
  const stores = openMigrationStores(places);
  const journal = await openSqliteJournal({ file, endpoints });
  for (let complete = false; !complete; ) {
    try {
      complete = await copySome(stores, journal, dice.between(2, 9));
      if (!(await retireAll(stores, journal))) complete = false;
    } catch (error) {
      if (!isStorageError(error)) throw error;
    }
    await sleep(dice.between(0, 40));
  }
  await journal.close();
  await stores.source.close();
  await stores.target.close();
}

type Stores = ReturnType<typeof openMigrationStores>;

/** @returns whether nothing is left to be copied. */
async function copySome(stores: Stores, journal: Journal, limit: number): Promise<boolean> {
  const enough = new AbortController();
  const before = settled;
  const { outcome, files } = await migrate({
    ...stores,
    journal,
    live: true,
    knownFiles: true, // the application’s, which works already
    concurrency: 3,
    retry: { attempts: 3, firstDelay: 20, maxDelay: 200 },
    stop: enough.signal,
    onEvent: (event) => {
      if (event.type !== 'file') return;
      if (event.key > front) front = event.key;
      if (++settled - before >= limit) enough.abort();
    },
  });
  const wrong = files.lost.files + files.conflict.files;
  if (wrong > 0) throw new Error(`${wrong} files are lost, or other than they should be`);
  return outcome === 'complete';
}

/** @returns whether the source is empty now. */
async function retireAll({ source, target, archive }: Stores, journal: Journal): Promise<boolean> {
  let left = 0;
  for await (const entry of source.list()) {
    if (entry.type !== 'file') continue;
    const record = await journal.find(entry.key);
    if (record === undefined || !SETTLED.includes(record.state)) {
      left++;
      continue;
    }
    const copied = record.sourceEtag;
    const { outcome } = await retire(entry.key, { source, target, archive, copied });
    if (outcome === 'needed')
      throw new Error(`${entry.key} is ${record.state}, and nowhere in the target`);
    if (outcome === 'changed') left++;
  }
  return left === 0;
}

const handlers = {
  run,
  progress: (_: undefined) => ({ front, settled }),
};

export type MigratorHandlers = typeof handlers;

answerQuestions(handlers);
