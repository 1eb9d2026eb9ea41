import {
  isStorageError,
  type ListedFile,
  type SkippedEntry,
  type SkipReason,
  type StorageProvider,
  throwIfAborted,
} from '@org/storage-core';
import type { Journal } from '../journal/journal.js';
import { counted, formatCount } from '../report/format.js';
import { type Condition, none, unknown } from './condition.js';

/** Files and skipped things of the source that are looked at; where there are more, it is far from empty. */
const ENOUGH = 1000;

interface Leftovers {
  readonly files: readonly ListedFile[];
  /** But for what is accepted. */
  readonly skipped: readonly SkippedEntry[];
  /** Whether the listing came to its end. */
  readonly complete: boolean;
}

/**
 * What the source has now. Read after all processes were seen to be beyond the hand-over, a listing is an inventory from after it:
 * no process has written to the source since.
 */
export async function sourceConditions(options: {
  readonly journal: Journal;
  readonly source: StorageProvider;
  readonly accept: readonly SkipReason[];
  /** Whether the source never had a file. */
  readonly wasEmpty: boolean;
  readonly signal: AbortSignal | undefined;
}): Promise<readonly Condition[]> {
  const { journal, source, accept, wasEmpty, signal } = options;
  let left: Leftovers;
  try {
    left = await listLeftovers(source, accept, signal);
  } catch (error) {
    throwIfAborted(signal);
    if (!isStorageError(error)) throw error;
    const evidence = `the source can’t be listed: ${error.message}`;
    const mend = 'see to it that the source can be read';
    return [
      unknown('inventory', evidence, mend),
      unknown('skipped', evidence, mend),
      unknown('retired', evidence, mend),
    ];
  }
  return [
    await inventoryCondition(journal, left, wasEmpty),
    skippedCondition(left),
    retiredCondition(left),
  ];
}

async function listLeftovers(
  source: StorageProvider,
  accept: readonly SkipReason[],
  signal: AbortSignal | undefined,
): Promise<Leftovers> {
  const files: ListedFile[] = [];
  const skipped: SkippedEntry[] = [];
  const full = () => files.length + skipped.length > ENOUGH;
  const onSkip = (entry: SkippedEntry) => {
    if (!full() && !accept.includes(entry.reason)) skipped.push(entry);
  };
  for await (const entry of source.list({ signal, onSkip })) {
    if (entry.type === 'file') files.push(entry);
    if (full()) return { files, skipped, complete: false };
  }
  return { files, skipped, complete: !full() };
}

async function inventoryCondition(
  journal: Journal,
  left: Leftovers,
  wasEmpty: boolean,
): Promise<Condition> {
  const mend = 'run storage migrate: it takes an inventory, and copies what is new';
  const ended = (await journal.runs()).find(
    ({ kind, outcome }) =>
      kind === 'migrate' && (outcome === 'complete' || outcome === 'incomplete'),
  );
  if (ended === undefined)
    return unknown(
      'inventory',
      `no migration in the journal ${journal.place} has come to its end`,
      mend,
    );
  const known = Object.values(await journal.totals()).some(({ files }) => files > 0);
  // To a journal that was begun when the files had left the source, all that follows would be 0 of 0.
  if (!known && !wasEmpty && left.files.length === 0)
    return unknown(
      'inventory',
      `the journal ${journal.place} knows no file: the source has been empty ever since it was begun`,
      'if files were retired before, bring back the journal of that time, or the files (the runbook “The journal is lost”); if the source never had one, say so: --was-empty',
    );
  let strange = 0;
  for (const { key, etag } of left.files) {
    const known = await journal.find(key);
    if (known?.sourceEtag !== etag) strange++;
  }
  const evidence = `${found(strange, left)} in a fresh listing of the source, new or changed since the journal’s inventory`;
  if (strange === 0 && !left.complete)
    return unknown(
      'inventory',
      `${evidence}, of which only the first ${ENOUGH} were looked at`,
      RETIRE,
    );
  return none('inventory', strange, evidence, mend);
}

function skippedCondition(left: Leftovers): Condition {
  const { skipped } = left;
  const kinds = [...new Set(skipped.map(({ reason }) => reason))];
  const which =
    skipped[0] === undefined ? '' : ` (${kinds.join(', ')}; such as ${skipped[0].path})`;
  const evidence = `${counted(skipped.length, 'thing in the source that is no file', 'things in the source that are no files')} with a key${which}`;
  if (skipped.length === 0 && !left.complete)
    return unknown('skipped', `${evidence} among the first ${ENOUGH}`, RETIRE);
  return none(
    'skipped',
    skipped.length,
    evidence,
    `move them out of the source, or accept their kinds: --accept ${kinds.join(',')}`,
  );
}

const RETIRE = 'run storage retire';

function retiredCondition(left: Leftovers): Condition {
  const { length } = left.files;
  const first = left.files[0] === undefined ? '' : `, such as ${left.files[0].key}`;
  const evidence = `${found(length, left)} in the source${first}`;
  if (length === 0 && !left.complete)
    return unknown('retired', `${evidence} among the first ${ENOUGH} things`, RETIRE);
  return none('retired', length, evidence, RETIRE);
}

function found(files: number, { complete }: Leftovers): string {
  return complete || files < ENOUGH
    ? counted(files, 'file is', 'files are')
    : `${formatCount(files)} files and more are`;
}
