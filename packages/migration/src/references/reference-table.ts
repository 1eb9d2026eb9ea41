import { type Key, StorageError } from '@org/storage-core';
import { number, optionalText, type Row, text } from '../journal/row.js';
import { type KeyMapping, parsedKey, prefixedKeys } from './key-mapping.js';
import type { Reference, ReferencePageOptions } from './reference-store.js';

/** Columns of a table of files. */
export interface ReferenceColumns {
  /** The file's key, as text. */
  readonly key: string;
  /** Default `provider`. */
  readonly provider?: string | undefined;
  /** Bytes. Compared by a check, and filled where it is empty. */
  readonly size?: string | undefined;
  /** Set when a file has moved: it is the store's own. */
  readonly etag?: string | undefined;
  /** SHA-256 in hexadecimal. Filled where it is empty. */
  readonly checksum?: string | undefined;
  /** When the row was changed: `timestamptz` in PostgreSQL, ISO 8601 in UTC in SQLite. */
  readonly migratedAt?: string | undefined;
}

/** Names are taken to the letter, capitals included. */
export interface ReferenceTableOptions {
  readonly schema?: string | undefined;
  readonly table: string;
  readonly columns: ReferenceColumns;
  /** Only rows that have these values in these columns, those of a tenant, say; `null` for none. */
  readonly where?: Readonly<Record<string, string | number | boolean | null>> | undefined;
  /** Default: the column holds the key itself. */
  readonly keys?: KeyMapping | undefined;
}

/** In what the databases differ. */
export interface Dialect {
  /** Of the collation that compares bytes. */
  readonly collation: string;
  readonly placeholder: (number: number) => string;
  /** A condition: the value is one of the list that is bound here. */
  readonly oneOf: (value: string, placeholder: string) => string;
  /** The present moment, as `migratedAt` has it. */
  readonly now: string;
}

/** A statement and the values that are bound to it. */
export type Query = readonly [sql: string, values: unknown[]];

type Bind = (value: unknown) => string;

/** What is written beside the provider, as placeholders or columns of a joined list. An empty `etag` clears it. */
type NewValues = Readonly<Record<'etag' | 'size' | 'checksum', string>>;

/**
 * A table in SQL. Keys are compared by their bytes, whatever the column's own collation. In expressions, columns are named with
 * their table: SQLite may take a quoted name that is no column for a text.
 */
export class ReferenceTable {
  /** Quoted. */
  readonly name: string;
  /** What stands for the key, in queries that call the table `t`. */
  readonly value: string;
  readonly keys: KeyMapping;
  readonly #columns: ReferenceColumns & { readonly provider: string };
  readonly #where: readonly (readonly [column: string, value: unknown])[];
  readonly #dialect: Dialect;

  /** @throws StorageError `InvalidArgument` for what can't be a name. */
  constructor(options: ReferenceTableOptions, dialect: Dialect) {
    const { schema, table, columns, where = {}, keys = prefixedKeys('') } = options;
    this.name = [schema, table]
      .flatMap((part) => (part === undefined ? [] : quoted(part)))
      .join('.');
    this.value = `t.${quoted(columns.key)} COLLATE ${dialect.collation}`;
    this.keys = keys;
    this.#columns = { provider: 'provider', ...defined(columns) };
    this.#where = Object.entries(where).map(([column, value]) => [quoted(column), value]);
    this.#dialect = dialect;
    Object.values(this.#columns).forEach(quoted);
  }

  /** A statement that is written with placeholders for the values that it binds. */
  query(write: (bind: Bind) => string): Query {
    const values: unknown[] = [];
    const sql = write((value) => this.#dialect.placeholder(values.push(value)));
    return [sql, values];
  }

  page({ after, limit }: ReferencePageOptions): Query {
    return this.query((bind) => {
      const behind = after === undefined ? [] : [`${this.value} > ${bind(after)}`];
      return `${this.#select(bind, behind)} LIMIT ${bind(limit)}`;
    });
  }

  /** @param values The list as the dialect binds it. */
  find(values: unknown): Query {
    return this.query((bind) =>
      this.#select(bind, [this.#dialect.oneOf(this.value, bind(values))]),
    );
  }

  /** Conditions on the rows that name this provider. */
  naming(provider: string, bind: Bind): string {
    return [`t.${quoted(this.#columns.provider)} = ${bind(provider)}`, ...this.#rows(bind)].join(
      ' AND ',
    );
  }

  /** What is set in rows of files that have moved. */
  assignments(to: string, given: NewValues): string {
    const { provider, etag, size, checksum, migratedAt } = this.#columns;
    const set = (column: string | undefined, value: (own: string) => string) =>
      column === undefined ? [] : [`${quoted(column)} = ${value(`t.${quoted(column)}`)}`];
    return [
      ...set(provider, () => to),
      ...set(etag, (own) => `nullif(coalesce(${given.etag}, ${own}), '')`),
      ...set(size, (own) => `coalesce(${own}, ${given.size})`),
      ...set(checksum, (own) => `coalesce(${own}, ${given.checksum})`),
      ...set(migratedAt, () => this.#dialect.now),
    ].join(', ');
  }

  reference(row: Row): Reference {
    const value = text(row, 'value');
    const rows = number(row, 'rows');
    const names = [optionalText(row, 'least'), optionalText(row, 'greatest')];
    const sizes = [optionalText(row, 'smallest'), optionalText(row, 'largest')];
    return {
      value,
      key: parsedKey(this.keys, value),
      rows,
      providers: [...distinct(names), ...(number(row, 'named') < rows ? [null] : [])],
      sizes: distinct(sizes).map(Number),
    };
  }

  /** One row a value, however many rows of the table have it. */
  #select(bind: Bind, conditions: readonly string[]): string {
    const { provider, size } = this.#columns;
    const name = `t.${quoted(provider)}`;
    const sizes =
      size === undefined
        ? ''
        : `, min(t.${quoted(size)}) AS smallest, max(t.${quoted(size)}) AS largest`;
    const all = [`${this.value} IS NOT NULL`, ...conditions, ...this.#rows(bind)];
    return `
      SELECT ${this.value} AS value, count(*) AS rows, count(${name}) AS named,
        min(${name}) AS least, max(${name}) AS greatest${sizes}
      FROM ${this.name} AS t WHERE ${all.join(' AND ')}
      GROUP BY ${this.value} ORDER BY ${this.value}`;
  }

  #rows(bind: Bind): string[] {
    return this.#where.map(([column, value]) =>
      value === null ? `t.${column} IS NULL` : `t.${column} = ${bind(value)}`,
    );
  }
}

/** Files with what the table has in place of their keys. */
export function withValues<T extends { readonly key: Key }>(
  files: readonly T[],
  { keys }: ReferenceTable,
): (T & { readonly value: string })[] {
  return files.map((file) => ({ ...file, value: keys.valueOf(file.key) }));
}

/** Any letters but NUL, which no database takes. The server tells whether there is such a thing. */
function quoted(name: string): string {
  if (name === '' || name.includes('\0'))
    throw new StorageError(
      'InvalidArgument',
      `${JSON.stringify(name)} can’t be a name in a database`,
    );
  return `"${name.replaceAll('"', '""')}"`;
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

function defined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
