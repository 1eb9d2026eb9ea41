import type { Key } from '@org/storage-core';

/** What an application's table says of one file. Several rows may name the same one. */
export interface Reference {
  /** What the table holds in place of the key. */
  readonly value: string;
  /** `undefined` where the value stands for no key. */
  readonly key: Key | undefined;
  readonly rows: number;
  /** What its rows name as provider, each once; `null` for rows that name none. Of more than two names, two. */
  readonly providers: readonly (string | null)[];
  /** Bytes that its rows tell, each once. Of more than two sizes, two. Empty if the table does not tell them. */
  readonly sizes: readonly number[];
}

/** A file that has moved, and what is known of it where it is now. */
export interface MovedFile {
  readonly key: Key;
  /** In the store that has it now; `null` if that is not known. Without it, the rows keep what they have. */
  readonly etag?: string | null;
  /** Bytes. Written only into rows that don't tell it. */
  readonly size?: number;
  /** SHA-256 in hexadecimal. Written only into rows that don't tell it. */
  readonly checksum?: string;
}

/** Every key of a batch is in one of them. */
export interface Moved {
  /** Keys of which at least one row was changed. All their rows say `to` now, as do those of the next. */
  readonly changed: readonly Key[];
  readonly already: readonly Key[];
  /** Keys that no row names. */
  readonly missing: readonly Key[];
  /** Keys that still have rows which name another provider. */
  readonly other: readonly Reference[];
}

/** A page of references, in the order of the bytes of their values. */
export interface ReferencePageOptions {
  /** Only values that come after this one. */
  readonly after?: string;
  readonly limit: number;
}

/**
 * The table in which an application keeps which provider has which file. A promise of a write resolves when the database has
 * committed it. What fails for a reason that may pass (a deadlock, a database that is busy or away) is a retryable `StorageError`.
 */
export interface ReferenceStore {
  /** For people: the table. Without a password. */
  readonly place: string;
  page(options: ReferencePageOptions): Promise<readonly Reference[]>;
  /** Keys without a row are left out. */
  find(keys: readonly Key[]): Promise<readonly Reference[]>;
  /**
   * Rows of these files that name the provider `from` name `to` from now on; all others stay as they are. So it may be done again, and
   * can't take back what the application has written. All of the files, or none if it fails.
   */
  moved(files: readonly MovedFile[], from: string, to: string): Promise<Moved>;
  close(): Promise<void>;
}

/** Sorts the keys of a batch by what the table says of them after the change. */
export function outcomeOf(
  files: readonly MovedFile[],
  to: string,
  changedKeys: ReadonlySet<Key>,
  found: readonly Reference[],
): Moved {
  const byKey = new Map(found.map((reference) => [reference.key, reference]));
  const changed: Key[] = [];
  const already: Key[] = [];
  const missing: Key[] = [];
  const other: Reference[] = [];
  for (const { key } of files) {
    const reference = byKey.get(key);
    if (reference === undefined) missing.push(key);
    else if (reference.providers.some((provider) => provider !== to)) other.push(reference);
    else if (changedKeys.has(key)) changed.push(key);
    else already.push(key);
  }
  return { changed, already, missing, other };
}
