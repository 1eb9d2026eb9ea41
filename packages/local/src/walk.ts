import type { BigIntStats } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  HEALTH_PREFIX,
  type Key,
  keyProblem,
  type ListEntry,
  type ListOptions,
  MAX_KEY_BYTES,
  type SkipReason,
  StorageError,
} from '@org/storage-core';
import { openDirectory } from './directory.js';
import { errnoOf, isMissing } from './file-error.js';
import { etagOf, modifiedAt } from './identity.js';
import { pathProblem, RESERVED } from './paths.js';
import type { Root } from './root.js';
import { isSpelt } from './spelling.js';

/** Files that are looked at ahead of the one that is listed. */
const LOOK_AHEAD = 32;

/**
 * Names and keys are handled as their UTF-8 bytes, in strings with one character for each byte (`latin1`): such strings
 * hold names that are not UTF-8 as well, and `<` orders them as S3 does.
 */
type Bytes = string;

const toBytes = (text: string): Bytes => Buffer.from(text, 'utf8').toString('latin1');

/** The text that the bytes stand for; `undefined` if they are not UTF-8. */
function toText(bytes: Bytes): string | undefined {
  if (/^[\0-\x7f]*$/.test(bytes)) return bytes;
  const buffer = Buffer.from(bytes, 'latin1');
  const text = buffer.toString('utf8');
  return Buffer.from(text, 'utf8').equals(buffer) ? text : undefined;
}

/** A character of UTF-8 that is not ASCII (The Unicode Standard, table 3-7), or a byte that is no part of one. */
const CHARACTER =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

/** For people: bytes that are not UTF-8 as `\xHH`. */
function toShown(bytes: Bytes): string {
  return bytes.replace(CHARACTER, (found) =>
    found.length > 1
      ? Buffer.from(found, 'latin1').toString('utf8')
      : `\\x${found.charCodeAt(0).toString(16)}`,
  );
}

/** A place in the walk: the directory's path with a slash at its end, or nothing for the root. */
interface Place {
  readonly bytes: Bytes;
  readonly text: string;
}

type Found =
  | { readonly type: 'file'; readonly name: string; readonly stats: BigIntStats }
  | { readonly type: 'directory'; readonly place: Place }
  | { readonly type: 'gone' }
  | { readonly type: 'skipped'; readonly reason: SkipReason; readonly detail: string }
  | { readonly type: 'failed'; readonly error: unknown };

/** What a walk looks for. */
interface Scope {
  readonly root: Root;
  readonly prefix: Bytes;
  readonly after: Bytes | undefined;
  readonly onSkip: ListOptions['onSkip'];
}

/**
 * The files of a root in the order of their keys. One directory after the other is read, as the listing gets there, and
 * only those that can hold something that was asked for; the names of one directory per level are in memory.
 */
export async function* walk(root: Root, options: ListOptions): AsyncGenerator<ListEntry> {
  const { prefix = '', delimiter, startAfter, onSkip } = options;
  const after = startAfter === undefined ? undefined : toBytes(startAfter);
  const scope: Scope = { root, prefix: toBytes(prefix), after, onSkip };
  const start = startOf(prefix);
  if (start === undefined) return;
  if (start.text !== '' && !(await isSpelt(root, start.text.slice(0, -1)))) return;
  const open = [entriesOf(scope, start)];
  for (let entries = open.at(-1); entries !== undefined; entries = open.at(-1)) {
    const { done, value } = await entries.next();
    if (done === true) {
      open.pop();
    } else if (value.type === 'file') {
      const { name, stats } = value;
      yield {
        type: 'file',
        key: name as Key, // checked where it was found
        size: Number(stats.size),
        etag: etagOf(stats),
        lastModified: modifiedAt(stats),
      };
    } else if (delimiter === undefined) {
      open.push(entriesOf(scope, value.place));
    } else if (isAfter(value.place.bytes, after) && (await holdsFile(scope, value.place))) {
      yield { type: 'prefix', prefix: value.place.text };
    }
  }
}

/** The directory that holds everything that begins with the prefix; `undefined` if nothing can. */
function startOf(prefix: string): Place | undefined {
  const text = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const path = text.slice(0, -1);
  const ofHealthChecks = text === `${RESERVED}/` && prefix.startsWith(HEALTH_PREFIX);
  if (text !== '' && !ofHealthChecks && (keyProblem(path) ?? pathProblem(path)) !== undefined)
    return undefined;
  return { text, bytes: toBytes(text) };
}

const isAfter = (bytes: Bytes, after: Bytes | undefined) => after === undefined || bytes > after;

/** Whether some key that begins with `start` can sort after `after`. */
const reachesAfter = (start: Bytes, after: Bytes | undefined) =>
  isAfter(start, after) || after?.startsWith(start) === true;

/** A directory without any file in it is none for who thinks in keys. Its links and the like are no concern here. */
async function holdsFile(scope: Scope, place: Place): Promise<boolean> {
  const { root, onSkip } = scope;
  const options: ListOptions = {
    prefix: place.text,
    ...(onSkip === undefined
      ? {}
      : { onSkip: (skipped) => skipped.reason === 'unreadable' && onSkip(skipped) }),
  };
  for await (const _ of walk(root, options)) return true;
  return false;
}

/** What a directory holds, in order, a directory sorting as its name and a slash. */
async function* entriesOf(
  scope: Scope,
  place: Place,
): AsyncGenerator<Extract<Found, { type: 'file' | 'directory' }>> {
  const names = await namesOf(scope, place);
  // "a/" sorts behind "a-b", which the name "a" does not: directories wait until it is their turn.
  const waiting: { readonly bytes: Bytes; readonly found: Found & { type: 'directory' } }[] = [];
  for await (const { name, found } of lookAhead(scope, place, names)) {
    const bytes = place.bytes + name;
    for (let next = waiting.at(-1); next !== undefined && next.bytes < bytes; ) {
      waiting.pop();
      yield next.found;
      next = waiting.at(-1);
    }
    if (found.type === 'file') {
      if (isAfter(bytes, scope.after)) yield found;
    } else if (found.type === 'directory') {
      waiting.push({ bytes: found.place.bytes, found });
    } else if (found.type === 'skipped') {
      scope.onSkip?.({ reason: found.reason, detail: found.detail, path: toShown(bytes) });
    } else if (found.type === 'failed') {
      unreadable(scope, bytes, found.error);
    }
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) yield next.found;
}

/** The names of a directory that can matter, sorted; none if it is gone. */
async function namesOf(scope: Scope, place: Place): Promise<Bytes[]> {
  const { root, prefix, after, onSkip } = scope;
  let names: Bytes[];
  try {
    names = await readNames(root, place.text);
  } catch (error) {
    if (isMissing(error) && place.text !== '') return [];
    if (error instanceof StorageError) {
      onSkip?.({ reason: 'link', detail: error.message, path: place.text.slice(0, -1) });
    } else {
      unreadable(scope, place.bytes.slice(0, -1), error);
    }
    return [];
  }
  return names
    .filter((name) => {
      const bytes = place.bytes + name;
      if (bytes === RESERVED) return false;
      if (!bytes.startsWith(prefix)) return false;
      return isAfter(bytes, after) || reachesAfter(`${bytes}/`, after);
    })
    .sort();
}

async function readNames(root: Root, text: string): Promise<Bytes[]> {
  const directory = await openDirectory(root, text === '' ? [] : text.slice(0, -1).split('/'));
  try {
    return await readdir(directory.at(''), 'latin1');
  } finally {
    await directory.close();
  }
}

/** Looks at names in their order, some ahead, whatever kind of file system tells or does not tell their types. */
async function* lookAhead(
  scope: Scope,
  place: Place,
  names: readonly Bytes[],
): AsyncGenerator<{ readonly name: Bytes; readonly found: Found }> {
  const looking: Promise<Found>[] = [];
  let next = 0;
  for (const name of names) {
    for (; next < names.length && looking.length < LOOK_AHEAD; next++) {
      looking.push(look(scope.root, place, names[next] ?? ''));
    }
    const found = await looking.shift();
    if (found !== undefined) yield { name, found };
  }
}

/** Never rejects: nobody may be waiting for it any more. */
async function look(root: Root, place: Place, name: Bytes): Promise<Found> {
  const text = toText(name);
  if (text === undefined) return skipped('invalid-name', 'its name is not UTF-8');
  const key = place.text + text;
  const problem = keyProblem(key) ?? pathProblem(key);
  if (problem !== undefined) return skipped('invalid-name', `its name is no key: ${problem}`);
  const path = join(root.path, key);
  try {
    const stats = await root.disk.find(path);
    if (stats === undefined) return { type: 'gone' };
    if (stats.isFile()) return { type: 'file', name: key, stats };
    if (stats.isDirectory())
      return directoryAt({ text: `${key}/`, bytes: `${place.bytes}${name}/` });
    if (stats.isSymbolicLink())
      return skipped('link', `a symbolic link to ${await targetOf(path)}`);
    return skipped('special', 'a socket, a FIFO or a device');
  } catch (error) {
    return isMissing(error) ? { type: 'gone' } : { type: 'failed', error };
  }
}

function directoryAt(place: Place): Found {
  if (place.bytes.length < MAX_KEY_BYTES) return { type: 'directory', place };
  return skipped('invalid-name', 'its path is so long that nothing in it can be a key');
}

async function targetOf(path: string): Promise<string> {
  return toShown(await readlink(path, 'latin1'));
}

function skipped(reason: SkipReason, detail: string): Found {
  return { type: 'skipped', reason, detail };
}

function unreadable(scope: Scope, bytes: Bytes, error: unknown): void {
  const errno = errnoOf(error);
  if (errno !== 'EACCES' && errno !== 'EPERM') throw error;
  const path = toShown(bytes);
  if (scope.onSkip === undefined) {
    throw new StorageError(
      'AccessDenied',
      `${path === '' ? 'the root' : path} can’t be read, so keys may be missing: grant access, or pass onSkip to go on without`,
      { cause: error },
    );
  }
  scope.onSkip({ reason: 'unreadable', path, detail: `this process may not read it (${errno})` });
}
