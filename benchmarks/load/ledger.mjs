import { contentOf } from './content.mjs';

/** Deleted files that are looked for at the end, of each user. The newest are kept. */
const REMEMBERED = 500;

/**
 * What one user knows of his files, each of which is written once. All times are of `performance.now()`. A write without an answer
 * may be there, or not: `maybe`. A delete without one may have happened, or may yet.
 */
export class Ledger {
  /** By name. */
  files = new Map();
  deleted = [];
  /** By name: sizes of files of which no answer told whether they are there. */
  maybe = new Map();

  written(name, size, { id, url }) {
    this.files.set(name, { name, size, id, url, deleting: Infinity, gone: Infinity });
  }

  unanswered(name, size) {
    this.maybe.set(name, size);
  }

  /** @returns what to call with whether it is gone: `false` is not known. */
  deleting(file) {
    file.deleting = Math.min(file.deleting, performance.now());
    return (gone) => {
      if (!gone) return;
      file.gone = performance.now();
      this.files.delete(file.name);
      this.deleted.push(file);
      if (this.deleted.length > REMEMBERED) this.deleted.shift();
    };
  }

  /** What is wrong with a list of names; empty: nothing. Nobody else changes these files meanwhile. */
  faultsOfList(names) {
    const listed = new Set(names);
    return [
      ...[...this.files.values()]
        .filter(({ name, deleting }) => !listed.has(name) && deleting === Infinity)
        .map(({ name }) => `${name} is not listed`),
      ...names
        .filter((name) => !this.files.has(name) && !this.maybe.has(name))
        .map((name) => `${name} is listed, and was deleted or never written`),
      ...(listed.size < names.length ? ['a file is listed twice'] : []),
    ];
  }
}

/**
 * What is wrong with what a reader was told of a file; `undefined`: nothing.
 * @param began when he asked.
 * @param answer with a status that is no error of the server, or 404.
 * @param range `[first, last]` bytes, where only those were asked for.
 */
export function faultOfRead(file, began, { status, body }, range) {
  const { name, size, deleting, gone } = file;
  if (status === 404) return deleting < performance.now() ? undefined : `${name} is not there`;
  if (gone < began) return `${name} was deleted, and is there again`;
  const [first, last] = range ?? [0, size - 1];
  const wanted = range === undefined ? 200 : 206;
  if (status !== wanted) return `${name} was answered with ${status} in place of ${wanted}`;
  const content = contentOf(name, size).subarray(first, last + 1);
  return body.equals(content) ? undefined : `${name} has another content: ${body.length} bytes`;
}
