import {
  compareKeys,
  type ListEntry,
  type ListOptions,
  type StorageProvider,
} from '@org/storage-core';

/** Entries of the spool that are held in memory. */
const WINDOW = 1000;

/**
 * The spool over the target, in one order. Where both have a key, the spool has the say. It is asked first, a window at a
 * time, and the target then for what lies in that window: an entry that is drained meanwhile is seen twice and listed once,
 * never missed.
 */
export async function* listSpooled(
  spool: Pick<StorageProvider, 'list'>,
  target: Pick<StorageProvider, 'list'>,
  options: ListOptions,
): AsyncGenerator<ListEntry, void, undefined> {
  const { onSkip: _, ...own } = options; // what the target skips is told of, the spool's directory is nobody's concern
  const upper = spool.list(own)[Symbol.asyncIterator]();
  let { startAfter } = options;
  try {
    for (;;) {
      const window = await take(upper, WINDOW);
      const last = window.length < WINDOW ? undefined : window.at(-1);
      yield* merge(window, target.list({ ...options, startAfter }), last && nameOf(last));
      if (last === undefined) return;
      startAfter = nameOf(last);
    }
  } finally {
    await upper.return?.();
  }
}

async function* merge(
  upper: readonly ListEntry[],
  lower: AsyncIterable<ListEntry>,
  upTo: string | undefined,
): AsyncGenerator<ListEntry, void, undefined> {
  let next = 0;
  for await (const entry of lower) {
    const name = nameOf(entry);
    if (upTo !== undefined && compareKeys(name, upTo) > 0) break;
    let hidden = false;
    for (let above = upper[next]; above !== undefined; above = upper[next]) {
      const order = compareKeys(nameOf(above), name);
      if (order > 0) break;
      next++;
      yield above;
      hidden = order === 0;
    }
    if (!hidden) yield entry;
  }
  yield* upper.slice(next);
}

function nameOf(entry: ListEntry): string {
  return entry.type === 'file' ? entry.key : entry.prefix;
}

async function take(from: AsyncIterator<ListEntry>, count: number): Promise<ListEntry[]> {
  const taken: ListEntry[] = [];
  while (taken.length < count) {
    const { done, value } = await from.next();
    if (done === true) break;
    taken.push(value);
  }
  return taken;
}
