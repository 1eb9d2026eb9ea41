import {
  compareKeys,
  type ListEntry,
  type ListedFile,
  type ListOptions,
  type StorageProvider,
} from '@org/storage-core';
import { merged, within } from './merged.js';
import { TOMBSTONE_SIZE } from './tombstone.js';

export interface ListingSides {
  readonly source: Pick<StorageProvider, 'list'>;
  readonly target: Pick<StorageProvider, 'list'>;
  /** The file as it is now, for an entry of the target that may be a tombstone; `undefined` if there is none. */
  find(key: string): Promise<ListedFile | undefined>;
}

/** Possible tombstones that are looked at together. */
const LOOKS = 16;

/** Entries that wait for such a look at most. */
const BATCH = 1000;

/** Sorts after every key that begins with the text before it, but for those that go on with this very letter. */
const LAST_LETTER = '\u{10ffff}';

/** The files of both sides in one order, each once; where both have a key, the target has the say. */
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

function files(
  { source, target, find }: ListingSides,
  { delimiter: _, ...options }: ListOptions,
): AsyncGenerator<ListedFile, void, undefined> {
  const { signal, prefix, startAfter } = options;
  return merged({
    first: filesOf(source.list(options)),
    second: (part) => {
      const listed = filesOf(target.list({ signal, prefix, startAfter: part.startAfter }));
      return looked(within(listed, part, keyOf), find);
    },
    startAfter,
    nameOf: keyOf,
    choose: (lower, upper) => (upper === undefined ? lower : upper.file),
  });
}

interface TargetEntry {
  readonly key: string;
  /** `undefined` for a tombstone: it hides the source's file. */
  readonly file: ListedFile | undefined;
}

/** Tells tombstones from files. */
async function* looked(
  files: AsyncIterable<ListedFile>,
  find: ListingSides['find'],
): AsyncGenerator<TargetEntry, void, undefined> {
  let batch: ListedFile[] = [];
  let suspects = 0;
  const look = () =>
    Promise.all(
      batch.map(async (file) => ({
        key: file.key,
        file: file.size === TOMBSTONE_SIZE ? await find(file.key) : file,
      })),
    );
  for await (const file of files) {
    if (file.size === TOMBSTONE_SIZE) suspects++;
    else if (suspects === 0) {
      yield { key: file.key, file };
      continue;
    }
    batch.push(file);
    if (suspects < LOOKS && batch.length < BATCH) continue;
    yield* await look();
    batch = [];
    suspects = 0;
  }
  yield* await look();
}

const keyOf = ({ key }: { readonly key: string }): string => key;

async function* filesOf(
  entries: AsyncIterable<ListEntry>,
): AsyncGenerator<ListedFile, void, undefined> {
  for await (const entry of entries) if (entry.type === 'file') yield entry;
}
