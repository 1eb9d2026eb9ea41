import { StorageError } from '@org/storage-core';
import picomatch from 'picomatch';
import type { FileRecord } from '../journal/file-record.js';

/**
 * Which files a run copies; all conditions hold together. A glob is compared with the whole key: `*` and `?` stand for
 * characters of one segment, `**` for any number of segments, `[a-z]` for one of these characters, `{jpg,png}` for one of
 * these texts; `\` takes the meaning from the character behind it. Upper and lower case differ, and a leading dot is like
 * any other character. All files below a folder are `folder/**`, all of a kind anywhere `**` + `/*.jpg`.
 */
export interface Selection {
  /** Only keys that one of these globs matches. Default: all. */
  readonly include?: readonly string[] | undefined;
  /** Not the keys that one of these globs matches, whatever includes them. */
  readonly exclude?: readonly string[] | undefined;
  /** Bytes, at least. */
  readonly minSize?: number | undefined;
  /** Bytes, at most. */
  readonly maxSize?: number | undefined;
  /** Only what was changed then or later. */
  readonly modifiedSince?: Date | undefined;
  /** Only what was changed earlier. */
  readonly modifiedBefore?: Date | undefined;
}

export type Selects = (file: Pick<FileRecord, 'key' | 'size' | 'modified'>) => boolean;

/**
 * @returns `undefined` if everything is selected.
 * @throws StorageError `InvalidArgument` for a glob that no key can match, and bounds that leave nothing.
 */
export function selects(selection: Selection = {}): Selects | undefined {
  const { include, exclude = [], minSize, maxSize, modifiedSince, modifiedBefore } = selection;
  const bounds = [minSize, maxSize, modifiedSince, modifiedBefore];
  const globs = [...(include ?? []), ...exclude];
  if (globs.length === 0 && bounds.every((bound) => bound === undefined)) return undefined;
  const { least, most } = sizes(minSize, maxSize);
  const { since, before } = times(modifiedSince, modifiedBefore);
  const included = include && include.length > 0 ? matcher(include) : () => true;
  const excluded = exclude.length > 0 ? matcher(exclude) : () => false;
  return ({ key, size, modified }) =>
    size >= least &&
    size <= most &&
    modified.getTime() >= since &&
    modified.getTime() < before &&
    included(key) &&
    !excluded(key);
}

function sizes(least = 0, most = Number.POSITIVE_INFINITY) {
  if (!(least >= 0 && most >= 0)) throw wrong('sizes are numbers of bytes, 0 or more');
  if (least > most) throw wrong(`no file has at least ${least} and at most ${most} bytes`);
  return { least, most };
}

function times(since?: Date, before?: Date) {
  const from = since?.getTime() ?? Number.NEGATIVE_INFINITY;
  const until = before?.getTime() ?? Number.POSITIVE_INFINITY;
  if (Number.isNaN(from) || Number.isNaN(until)) throw wrong('a time is not valid');
  if (from >= until) {
    throw wrong(
      `no file was changed since ${since?.toISOString()} and before ${before?.toISOString()}`,
    );
  }
  return { since: from, before: until };
}

function matcher(globs: readonly string[]): (key: string) => boolean {
  for (const glob of globs) {
    if (glob === '') throw wrong('a glob is empty');
    if (glob.startsWith('/'))
      throw wrong(`the glob ${glob} matches no key: keys begin without a slash`);
    if (glob.endsWith('/'))
      throw wrong(`the glob ${glob} matches no key: write ${glob}** for all files below it`);
  }
  return picomatch([...globs], { dot: true, nonegate: true, noextglob: true, windows: false });
}

function wrong(message: string): StorageError {
  return new StorageError('InvalidArgument', message);
}
