import { isHealthKey, type Key, parseKey, StorageError } from '@org/storage-core';

/** The directory of the root that belongs to this package; no key may begin with it, but those of health checks. */
export const RESERVED = '.storage';

/** Of ext4, XFS, Btrfs, ZFS, APFS (bytes of UTF-8) and NTFS (UTF-16 units, of which there are never more than bytes). */
const MAX_SEGMENT_BYTES = 255;

/** https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file#naming-conventions */
const WINDOWS_DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])( *\.|$)/iu;
const WINDOWS_FORBIDDEN = /[\\:*?"<>|\p{Cc}]/u;

/**
 * Why a file system can't hold a key, or `undefined` if it can. A pure function, so that the rules of one platform can be
 * checked on another.
 */
export function pathProblem(
  key: string,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (isHealthKey(key)) return undefined;
  const segments = key.split('/');
  if (isReserved(segments[0] ?? '', platform)) return `the directory "${RESERVED}" is reserved`;
  for (const segment of segments) {
    const bytes = Buffer.byteLength(segment);
    if (bytes > MAX_SEGMENT_BYTES) {
      return `a segment has ${bytes} bytes of UTF-8; a file name may have ${MAX_SEGMENT_BYTES}`;
    }
    const problem = platform === 'win32' ? windowsProblem(segment) : undefined;
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * Also what a file system that ignores case or folds letters (APFS, NTFS, ext4 with `casefold`) takes for the same name, on
 * every platform: whether a root has such a file system can't be told from the platform.
 */
function isReserved(segment: string, platform: NodeJS.Platform): boolean {
  if (segment.normalize('NFKC').toLowerCase() === RESERVED) return true;
  return platform === 'win32' && /^storag~\d+$/i.test(segment); // its 8.3 name
}

function windowsProblem(segment: string): string | undefined {
  const [character] = WINDOWS_FORBIDDEN.exec(segment) ?? [];
  if (character !== undefined) {
    return `Windows allows no ${JSON.stringify(character)} in a file name`;
  }
  if (/[. ]$/.test(segment)) return 'Windows allows no file name that ends with a dot or a space';
  if (WINDOWS_DEVICE.test(segment)) return `"${segment}" is the name of a device on Windows`;
  return undefined;
}

/**
 * For a key whose file is to be written.
 * @throws StorageError `InvalidKey`, with the reason, also where only this file system can't hold it.
 */
export function parseHoldable(text: string): Key {
  const key = parseKey(text);
  const problem = pathProblem(key);
  if (problem !== undefined) throw new StorageError('InvalidKey', reason(key, problem), { key });
  return key;
}

/**
 * For a key whose file is to be read: one that the file system can't hold is a key all the same, whose file does not exist.
 * @throws StorageError `InvalidKey`, `NotFound`.
 */
export function parsePresent(text: string): Key {
  const key = parseKey(text);
  const problem = pathProblem(key);
  if (problem !== undefined) throw new StorageError('NotFound', reason(key, problem), { key });
  return key;
}

function reason(key: Key, problem: string): string {
  return `${JSON.stringify(key)} can’t be a file here: ${problem}`;
}

/** Parent directories of a key, outermost first, and its last segment. */
export function splitKey(key: string): {
  readonly parents: readonly string[];
  readonly name: string;
} {
  const parents = key.split('/');
  const name = parents.pop() ?? key;
  return { parents, name };
}
