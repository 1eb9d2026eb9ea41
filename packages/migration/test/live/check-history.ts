import { setImmediate } from 'node:timers/promises';
import { compareKeys } from '@org/storage-core';
import { explain, linearize, type OperationRecord } from '@org/storage-testkit/simulator';
import type { ListingRecord, RecordedHistory } from './history-file.js';

/**
 * Checks each key by itself, and each listing against each key that it could have shown: that key was there, or was not, at some
 * moment of the listing.
 * @param initial values by key. Others had none.
 * @throws Error with the records of a key that no order explains.
 */
export function checkHistory(
  initial: ReadonlyMap<string, string>,
  history: Pick<RecordedHistory, 'operations' | 'listings'>,
): void {
  for (const _ of checking(initial, history));
}

/** As {@link checkHistory}, where others in this process have to come to something meanwhile: it may take minutes. */
export async function checkLongHistory(
  initial: ReadonlyMap<string, string>,
  history: Pick<RecordedHistory, 'operations' | 'listings'>,
): Promise<void> {
  for (const _ of checking(initial, history)) await setImmediate();
}

/** Yields after each key and each listing. */
function* checking(
  initial: ReadonlyMap<string, string>,
  { operations, listings }: Pick<RecordedHistory, 'operations' | 'listings'>,
): Generator<void> {
  const byKey = new Map([...initial.keys()].map((key): [string, OperationRecord[]] => [key, []]));
  for (const record of operations) {
    const { key } = record.operation;
    const records = byKey.get(key);
    if (records === undefined) byKey.set(key, [record]);
    else records.push(record);
  }
  for (const [key, records] of byKey) yield check(key, initial.get(key), records);
  const explained = new Set<string>();
  for (const listing of listings) {
    checkOrder(listing);
    const unknown = listing.keys.find((key) => !byKey.has(key));
    if (unknown !== undefined)
      throw new Error(`${listing.process} listed ${unknown}, which nobody wrote`);
    const listed = new Set(listing.keys);
    for (const [key, records] of byKey) {
      if (!key.startsWith(listing.prefix)) continue;
      const { process, began, ended } = listing;
      const result = listed.has(key);
      // A listing that comes after and before the same records as another one has the same explanation.
      const after = records.filter((record) => record.ended < began).length;
      const before = records.filter((record) => record.began > ended).length;
      const known = `${key} ${result} ${after} ${before}`;
      if (explained.has(known)) continue;
      const look = { operation: { kind: 'exists', key }, error: undefined } as const;
      check(key, initial.get(key), [...records, { process, began, ended, result, ...look }]);
      explained.add(known);
    }
    yield;
  }
}

function check(
  key: string,
  initial: string | undefined,
  records: readonly OperationRecord[],
): void {
  // Where nobody has changed anything, each look stands for itself, and there may be many.
  const parts = records.every(isLook) ? records.map((record) => [record]) : [records];
  if (parts.every((part) => linearize(initial, part))) return;
  const first = Math.min(...records.map(({ began }) => began));
  const microseconds = (time: number) => Math.round((time - first) / 1000);
  const told = records.map((record) => ({
    ...record,
    began: microseconds(record.began),
    ended: microseconds(record.ended),
  }));
  throw new Error(explain(key, initial, told));
}

function isLook({ operation }: OperationRecord): boolean {
  return operation.kind === 'read' || operation.kind === 'exists';
}

function checkOrder({ process, keys }: ListingRecord): void {
  const ordered = [...new Set(keys)].sort(compareKeys);
  if (ordered.join('\n') !== keys.join('\n'))
    throw new Error(`${process} listed ${keys.join(', ')}`);
}
