import { type Expression, type Kysely, type RawBuilder, sql } from 'kysely';
import type { FolderView, Visibility } from '../../api-types.js';
import type { Schema } from '../database/schema.js';
import { readCursor, writeCursor } from './cursor.js';
import type { OwnedFile } from './view.js';

type SortKey = 'name' | 'size' | 'uploadedAt';

export interface FileFilter {
  /** Only files that this user may find: his own, and public ones. */
  readonly viewer?: string | undefined;
  readonly folder?: string | undefined;
  /** With folders below {@link folder}. */
  readonly below?: boolean | undefined;
  /** Part of the name, in capitals or not. */
  readonly query?: string | undefined;
  /** A content type, or the part before its slash. */
  readonly type?: string | undefined;
  readonly provider?: string | undefined;
  /** An id, or an address. */
  readonly owner?: string | undefined;
  readonly visibility?: Visibility | undefined;
  /** Bytes. */
  readonly minSize?: number | undefined;
  /** Only files that were uploaded before this time. */
  readonly before?: string | undefined;
}

export interface FilePage extends FileFilter {
  readonly sort: SortKey;
  readonly order: 'asc' | 'desc';
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** What is sorted by, in the database and of a row. */
const SORT: Readonly<Record<SortKey, [RawBuilder<unknown>, (row: OwnedFile) => string | number]>> =
  {
    name: [sql`lower(files.name)`, ({ name }) => asciiLower(name)],
    size: [sql`coalesce(files.size, 0)`, ({ size }) => size ?? 0],
    uploadedAt: [sql`files.uploaded_at`, ({ uploaded_at }) => uploaded_at],
  };

/** A page of files, from behind the last one of the page before: however many there are, and whatever comes or goes meanwhile. */
export async function listFiles(
  db: Kysely<Schema>,
  page: FilePage,
): Promise<{ rows: OwnedFile[]; nextCursor: string | null }> {
  const { sort, order, cursor, limit } = page;
  const [expression, sortedValue] = SORT[sort];
  const sorted = `${sort} ${order}`;
  const after =
    cursor === undefined
      ? undefined
      : readCursor(sorted, cursor, sort === 'size' ? 'number' : 'string');
  const direction = sql.raw(order);
  const rows = await filtered(db, page)
    .innerJoin('users', 'users.id', 'files.owner_id')
    .selectAll('files')
    .select('users.name as owner_name')
    .$if(after !== undefined, (query) =>
      query.where(
        sql<boolean>`(${expression}, files.id) ${sql.raw(order === 'asc' ? '>' : '<')} (${after?.value}, ${after?.id})`,
      ),
    )
    .orderBy(sql`${expression} ${direction}, files.id ${direction}`)
    .limit(limit + 1)
    .execute();
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  const nextCursor =
    last === undefined ? null : writeCursor(sorted, { value: sortedValue(last), id: last.id });
  return { rows: rows.slice(0, limit), nextCursor };
}

/** The folders in a folder, with what is anywhere below them: those that have files this user may find, and his empty ones. */
export async function listFolders(
  db: Kysely<Schema>,
  viewer: string,
  folder: string,
): Promise<FolderView[]> {
  const withFiles = await filtered(db, { viewer, folder, below: true })
    .where('files.folder', '!=', folder)
    .select(['files.folder as path'])
    .select(({ fn }) => [
      fn.countAll<number>().as('files'),
      fn.sum<number>('files.size').as('bytes'),
    ])
    .groupBy('files.folder')
    .execute();
  const empty = await db
    .selectFrom('folders')
    .select('path')
    .where('owner_id', '=', viewer)
    .where((where) => isBelow(where.ref('path'), folder))
    .execute();
  const start = folder === '' ? 0 : folder.length + 1;
  const folders = new Map<string, FolderView>();
  for (const entry of [...withFiles, ...empty.map(({ path }) => ({ path, files: 0, bytes: 0 }))]) {
    const [name = ''] = entry.path.slice(start).split('/');
    if (name === '') continue;
    const path = entry.path.slice(0, start) + name;
    const { files, bytes } = folders.get(path) ?? { files: 0, bytes: 0 };
    folders.set(path, {
      path,
      name,
      files: files + entry.files,
      bytes: bytes + (entry.bytes ?? 0),
    });
  }
  return [...folders.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** Conditions of which all have to hold. */
export function filtered(db: Kysely<Schema>, filter: FileFilter) {
  const { viewer, folder, below, query, type, provider, owner, minSize, before } = filter;
  return db.selectFrom('files').where(({ and, or, eb, ref }) => {
    const conditions = [];
    if (viewer !== undefined)
      conditions.push(
        or([eb('files.owner_id', '=', viewer), eb('files.visibility', '=', 'public')]),
      );
    if (folder !== undefined && (below !== true || folder !== ''))
      conditions.push(
        below === true
          ? or([eb('files.folder', '=', folder), isBelow(ref('files.folder'), folder)])
          : eb('files.folder', '=', folder),
      );
    if (query !== undefined)
      conditions.push(
        sql<boolean>`lower(files.name) LIKE ${`%${escapeLike(asciiLower(query))}%`} ESCAPE '\\'`,
      );
    if (type !== undefined)
      conditions.push(
        type.includes('/')
          ? eb('files.content_type', '=', type)
          : sql<boolean>`files.content_type LIKE ${`${escapeLike(type)}/%`} ESCAPE '\\'`,
      );
    if (provider !== undefined) conditions.push(eb('files.provider', '=', provider));
    if (owner !== undefined)
      conditions.push(
        eb('files.owner_id', 'in', (sub) =>
          sub
            .selectFrom('users')
            .select('users.id')
            .where((where) =>
              where.or([
                where('users.id', '=', owner),
                where('users.email', '=', owner.toLowerCase()),
              ]),
            ),
        ),
      );
    if (filter.visibility !== undefined)
      conditions.push(eb('files.visibility', '=', filter.visibility));
    if (minSize !== undefined) conditions.push(eb('files.size', '>=', minSize));
    if (before !== undefined) conditions.push(eb('files.uploaded_at', '<', before));
    return and(conditions);
  });
}

/** `a/b/…` is between `a/b/` and `a/b0`: `0` follows the slash. */
function isBelow(column: Expression<string>, folder: string) {
  if (folder === '') return sql<boolean>`${column} <> ''`;
  return sql<boolean>`(${column} >= ${`${folder}/`} AND ${column} < ${`${folder}0`})`;
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&');
}

/** As `lower` of SQLite, and of PostgreSQL with the collation "C". */
function asciiLower(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
