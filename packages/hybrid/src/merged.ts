import { compareKeys } from '@org/storage-core';

/** Entries of the first listing that are held in memory. */
const WINDOW = 1000;

/** Where a part of a listing begins and ends; names themselves, the first excluded and the last included. */
export interface Part {
  readonly startAfter: string | undefined;
  readonly upTo: string | undefined;
}

export interface TwoListings<A, B, T> {
  /** Asked first. Ordered by name, as is the second. */
  readonly first: AsyncGenerator<A, void, undefined>;
  readonly second: (part: Part) => AsyncIterable<B>;
  readonly startAfter: string | undefined;
  readonly nameOf: (entry: A | B) => string;
  /** What to list of a name that one of them has, or both; `undefined`: nothing. */
  readonly choose: (first: A | undefined, second: B | undefined) => T | undefined;
}

/**
 * Two ordered listings as one, each name once. The first is asked a window at a time, and the second then for what lies in
 * that window: what moves from the first store to the second meanwhile is seen twice, never missed.
 */
export async function* merged<A, B, T>(
  listings: TwoListings<A, B, T>,
): AsyncGenerator<T, void, undefined> {
  const { first, second, nameOf } = listings;
  let { startAfter } = listings;
  try {
    for (;;) {
      const window = await take(first, WINDOW);
      const last = window.length < WINDOW ? undefined : window.at(-1);
      const upTo = last && nameOf(last);
      yield* mergedWindow(window, second({ startAfter, upTo }), listings);
      if (upTo === undefined) return;
      startAfter = upTo;
    }
  } finally {
    await first.return();
  }
}

async function* mergedWindow<A, B, T>(
  window: readonly A[],
  others: AsyncIterable<B>,
  { nameOf, choose }: TwoListings<A, B, T>,
): AsyncGenerator<T, void, undefined> {
  let next = 0;
  for await (const other of others) {
    let same: A | undefined;
    for (let own = window[next]; own !== undefined; own = window[next]) {
      const order = compareKeys(nameOf(own), nameOf(other));
      if (order > 0) break;
      next++;
      if (order === 0) same = own;
      else yield* present(choose(own, undefined));
    }
    yield* present(choose(same, other));
  }
  for (const own of window.slice(next)) yield* present(choose(own, undefined));
}

function present<T>(chosen: T | undefined): readonly T[] {
  return chosen === undefined ? [] : [chosen];
}

/** Entries as far as the part goes: the rest is not asked for. */
export async function* within<T>(
  entries: AsyncIterable<T>,
  { upTo }: Part,
  nameOf: (entry: T) => string,
): AsyncGenerator<T, void, undefined> {
  for await (const entry of entries) {
    if (upTo !== undefined && compareKeys(nameOf(entry), upTo) > 0) return;
    yield entry;
  }
}

async function take<T>(from: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { done, value } = await from.next();
    if (done === true) break;
    taken.push(value);
  }
  return taken;
}
