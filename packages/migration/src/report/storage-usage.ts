import { extname } from 'node:path/posix';
import type { Group } from '../journal/breakdown.js';
import { filesIn } from '../journal/file-pages.js';
import type { Journal } from '../journal/journal.js';
import { SIZE_CLASSES, sizeClassBounds, sizeClassOf } from '../plan/size-class.js';
import type { StorageUsage } from './journal-report.js';

/** Extensions that are told. */
const TOLD = 12;

/** Extensions that are counted each by itself: those that come up first. */
const COUNTED = 10_000;

/** Characters of an extension at the most: what is longer is none. */
const LONGEST = 12;

interface Tally {
  files: number;
  bytes: number;
}

/**
 * What kinds of files there are, by one walk through all of them.
 * @param onFile told the size of each: bytes.
 */
export async function storageUsage(
  journal: Journal,
  onFile: (size: number) => void = () => {},
): Promise<StorageUsage> {
  const sizes: Tally[] = SIZE_CLASSES.map(() => ({ files: 0, bytes: 0 }));
  const extensions = new Map<string, Tally>();
  const others: Tally = { files: 0, bytes: 0 };
  for await (const { key, size } of filesIn(journal, {})) {
    onFile(size);
    add(sizes[sizeClassOf(size)], size);
    add(tallyOf(extensionOf(key), extensions) ?? others, size);
  }
  const ranked: Group[] = [...extensions]
    .map(([name, tally]) => ({ name, ...tally }))
    .sort((a, b) => b.files - a.files || (a.name < b.name ? -1 : 1));
  for (const { files, bytes } of ranked.slice(TOLD)) {
    others.files += files;
    others.bytes += bytes;
  }
  return {
    sizes: sizes.flatMap((tally, index) =>
      tally.files === 0 ? [] : [{ ...sizeClassBounds(index), ...tally }],
    ),
    extensions: ranked.slice(0, TOLD),
    otherExtensions: others,
  };
}

function extensionOf(key: string): string {
  const extension = extname(key).slice(1).toLowerCase();
  return extension.length > LONGEST ? '' : extension;
}

function tallyOf(extension: string, extensions: Map<string, Tally>): Tally | undefined {
  const known = extensions.get(extension);
  if (known !== undefined || extensions.size === COUNTED) return known;
  const tally = { files: 0, bytes: 0 };
  extensions.set(extension, tally);
  return tally;
}

function add(tally: Tally | undefined, size: number): void {
  if (tally === undefined) return;
  tally.files++;
  tally.bytes += size;
}
