import {
  compareKeys,
  type ListEntry,
  type ListedFile,
  type ListOptions,
  type StorageProvider,
} from '@org/storage-core';
import { TOMBSTONE_SIZE } from './tombstone.js';

export interface ListingSides {
  readonly source: Pick<StorageProvider, 'list'>;
  readonly target: Pick<StorageProvider, 'list'>;
  /** The file as it is now, for an entry of the target that may be a tombstone; `undefined` if there is none. */
  find(key: string): Promise<ListedFile | undefined>;
}

/** Entries of the source that are held in memory. */
const WINDOW = 1000;

/** Possible tombstones that are looked at together. */
const LOOKS = 16;

/** Sorts after every key that begins with the text before it, but for those that go on with this very letter. */
const LAST_LETTER = '\u{10ffff}';

/**
 * The files of both sides in one order, each once; where both have a key, the target has the say.
 *
 * The source is asked first, a window at a time, and the target then for what lies in that window: a file that moves up
 * meanwhile is seen twice and listed once, never missed.
 */
export async function* mergedListing(
  sides: ListingSides,
  options: ListOptions,
): AsyncGenerator<ListEntry, void, undefined> {
  const { delimiter, prefix = '' } = options;
  if (delimiter === undefined) {
    yield* files(sides, options);
    return;
  }
  // A prefix is there if a file is: one under which there are only tombstones is not. So files are listed, and from the
  // first one under a prefix the listing jumps behind all of them.
  let { startAfter } = options;
  let last: string | undefined;
  for (;;) {
    let jump: string | undefined;
    for await (const file of files(sides, { ...options, startAfter })) {
      const end = file.key.indexOf(delimiter, prefix.length);
      if (end === -1) {
        yield file;
        continue;
      }
      const common = file.key.slice(0, end + 1);
      if (common === last) continue;
      last = common;
      if (compareKeys(common, options.startAfter ?? '') > 0)
        yield { type: 'prefix', prefix: common };
      jump = common + LAST_LETTER;
      break;
    }
    if (jump === undefined) return;
    startAfter = jump;
  }
}

async function* files(
  sides: ListingSides,
  { delimiter: _, ...options }: ListOptions,
): AsyncGenerator<ListedFile, void, undefined> {
  const source = filesOf(sides.source.list(options));
  let after = options.startAfter;
  try {
    for (;;) {
      const window = await take(source, WINDOW);
      const last = window.length < WINDOW ? undefined : window.at(-1)?.key;
      yield* merge(window, targetFiles(sides, { ...options, startAfter: after }, last));
      if (last === undefined) return;
      after = last;
    }
  } finally {
    await source.return();
  }
}

interface TargetEntry {
  readonly key: string;
  /** `undefined` for a tombstone: it hides the source's file. */
  readonly file: ListedFile | undefined;
}

/** What the target has up to a key, tombstones included. */
async function* targetFiles(
  sides: ListingSides,
  options: ListOptions,
  upTo: string | undefined,
): AsyncGenerator<TargetEntry, void, undefined> {
  const { signal, prefix, startAfter } = options;
  let batch: ListedFile[] = [];
  let suspects = 0;
  const looked = () =>
    Promise.all(
      batch.map(async (file) => ({
        key: file.key,
        file: file.size === TOMBSTONE_SIZE ? await sides.find(file.key) : file,
      })),
    );
  for await (const file of filesOf(sides.target.list({ signal, prefix, startAfter }))) {
    if (upTo !== undefined && compareKeys(file.key, upTo) > 0) break;
    if (file.size === TOMBSTONE_SIZE) suspects++;
    else if (suspects === 0) {
      yield { key: file.key, file };
      continue;
    }
    batch.push(file);
    if (suspects < LOOKS && batch.length < WINDOW) continue;
    yield* await looked();
    batch = [];
    suspects = 0;
  }
  yield* await looked();
}

async function* merge(
  lower: readonly ListedFile[],
  upper: AsyncIterable<TargetEntry>,
): AsyncGenerator<ListedFile, void, undefined> {
  let next = 0;
  for await (const { key, file } of upper) {
    for (let below = lower[next]; below !== undefined; below = lower[next]) {
      const order = compareKeys(below.key, key);
      if (order > 0) break;
      next++;
      if (order < 0) yield below;
    }
    if (file !== undefined) yield file;
  }
  yield* lower.slice(next);
}

async function* filesOf(
  entries: AsyncIterable<ListEntry>,
): AsyncGenerator<ListedFile, void, undefined> {
  for await (const entry of entries) if (entry.type === 'file') yield entry;
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
