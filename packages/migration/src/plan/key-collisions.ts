import { hash as hashOf } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StorageError, throwIfAborted } from '@org/storage-core';
import Database from 'libsql';
import type { PlanProblem } from './problem.js';

/** Tables that the keys are spread over, so that looking at one of them takes a moment only, also with 100 million keys. */
const PARTS = 64;
/** Rows of one insert: many times faster than one by one. */
const ROWS = 100;
/** Bytes of a hash: of 100 million keys, two different ones have the same in one of 10^8 cases. */
const HASH_BYTES = 10;

/**
 * Finds keys that differ by case or Unicode form alone. A listing does not bring them together (`A/x` and `a/x` may have
 * millions of keys between them), and a Bloom filter would name the second of a pair and not the first; so each key goes,
 * under a hash of its folded form, into a temporary database. Of a key that is its own folded form only the hash is kept: the
 * other key tells what it was. That is 20 bytes a file in a tree of lower-case names, and about 20 more than the key else.
 *
 * The file has no name once it is open, so that it is gone with the process; where the system does not allow that (Windows), it is
 * removed by `close`.
 */
export class KeyCollisions {
  readonly #database: Database.Database;
  readonly #inserts: readonly Database.Statement<unknown[]>[];
  readonly #rows: (Uint8Array | string | null)[][] = Array.from({ length: PARTS }, () => []);
  readonly #temporary: string;
  readonly #directory: string;

  /** @param temporary the directory for the file. Default: the system's. */
  constructor(temporary: string = tmpdir()) {
    this.#temporary = temporary;
    this.#directory = this.#guard(() => mkdtempSync(join(temporary, 'storage-plan-')));
    try {
      this.#database = this.#guard(() => new Database(join(this.#directory, 'keys.sqlite')));
      this.#inserts = this.#guard(() => prepareTables(this.#database));
    } finally {
      this.#remove();
    }
    this.#database.exec('BEGIN');
  }

  add(key: string): void {
    const folded = fold(key);
    const hash = hashOf('sha256', folded, 'buffer').subarray(0, HASH_BYTES);
    const part = (hash[0] ?? 0) % PARTS;
    const rows = this.#rows[part] ?? [];
    rows.push(hash, folded === key ? null : key);
    if (rows.length < 2 * ROWS) return;
    this.#rows[part] = [];
    this.#guard(() => this.#inserts[part]?.run(...rows));
  }

  /** Every key that another one collides with, but for the first of each group. To be read once. */
  async *find(signal: AbortSignal | undefined): AsyncGenerator<PlanProblem> {
    for (const part of this.#rows.keys()) {
      await nextTurn(); // each of these queries is synchronous
      throwIfAborted(signal);
      this.#flush(part);
      const query = `
        SELECT hex(hash) AS hash, key FROM keys_${part}
        WHERE hash IN (SELECT hash FROM keys_${part} GROUP BY hash HAVING count(*) > 1)
        ORDER BY 1, 2`;
      const rows = this.#guard(() => this.#database.prepare(query).iterate());
      yield* collisionsIn(rows as Iterable<HashedKey>);
    }
  }

  close(): void {
    this.#database.close();
    this.#remove();
  }

  #flush(part: number): void {
    const rows = this.#rows[part] ?? [];
    const insert = this.#database.prepare<unknown[]>(`INSERT INTO keys_${part} VALUES (?, ?)`);
    for (let at = 0; at < rows.length; at += 2) {
      this.#guard(() => insert.run(rows[at], rows[at + 1]));
    }
    this.#rows[part] = [];
  }

  #remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #guard<T>(run: () => T): T {
    try {
      return run();
    } catch (cause) {
      const full = cause instanceof Error && 'code' in cause && cause.code === 'SQLITE_FULL';
      throw new StorageError(
        full ? 'QuotaExceeded' : 'Unavailable',
        `the temporary file for comparing keys in ${this.#temporary} can’t be used` +
          `${full ? ': its disk is full' : ''}; name another directory with TMPDIR, or leave the comparison out`,
        { cause, retryable: false },
      );
    }
  }
}

/** @returns what inserts rows into each of the tables. */
function prepareTables(database: Database.Database): Database.Statement<unknown[]>[] {
  database.pragma('journal_mode = OFF');
  database.pragma('synchronous = OFF');
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('cache_size = -16384'); // KiB
  const places = Array.from({ length: ROWS }, () => '(?, ?)').join(', ');
  return Array.from({ length: PARTS }, (_, part) => {
    database.exec(`CREATE TABLE keys_${part} (hash BLOB NOT NULL, key TEXT)`);
    return database.prepare<unknown[]>(`INSERT INTO keys_${part} VALUES ${places}`);
  });
}

interface HashedKey {
  readonly hash: string;
  /** `null`: it is its own folded form. */
  readonly key: string | null;
}

/** @param rows ordered by hash, and what is folded by itself before the others. */
function* collisionsIn(rows: Iterable<HashedKey>): Generator<PlanProblem> {
  let hash: string | undefined;
  let own = false;
  let first: string | undefined;
  for (const row of rows) {
    if (hash !== row.hash) {
      ({ hash } = row);
      own = false;
      first = undefined;
    }
    if (row.key === null) own = true;
    else if (own) yield collision(fold(row.key), row.key);
    else if (first === undefined) first = row.key;
    else yield collision(first, row.key);
  }
}

function collision(first: string, path: string): PlanProblem {
  const form = first.normalize('NFC') === path.normalize('NFC');
  return {
    kind: form ? 'same-but-form' : 'same-but-case',
    path,
    detail: form
      ? `reads like ${first}, in another Unicode form`
      : `differs from ${first} by case${/^[\0-\x7f]*$/.test(path + first) ? '' : ' or form'} alone`,
  };
}

/** What file systems that fold names make of a key, more or less: NFC and lower case. */
function fold(key: string): string {
  if (/^[\0-@[-\x7f]*$/.test(key)) return key; // nothing but ASCII without capitals
  return key.normalize('NFC').toLowerCase().normalize('NFC');
}
