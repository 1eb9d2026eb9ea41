import { isStorageError } from '@org/storage-core';
import type { Kysely, Transaction } from 'kysely';
import type { User, Visibility } from '../../api-types.js';
import type { FileRow, Schema } from '../database/schema.js';
import { forbidden, noFile } from '../security/app-error.js';
import { lookUp, type Stores } from './place.js';
import { keyOf, mayChange, maySee, type OwnedFile } from './view.js';

export interface FileChange {
  readonly name?: string | undefined;
  readonly folder?: string | undefined;
  readonly visibility?: Visibility | undefined;
}

/** Rows of files. Those from before the storage's columns are read as well as new ones, and completed when they are first needed. */
export class FileStore {
  readonly #db: Kysely<Schema>;
  readonly #stores: Stores;

  constructor(db: Kysely<Schema>, stores: Stores) {
    this.#db = db;
    this.#stores = stores;
  }

  async byId(id: string): Promise<OwnedFile | undefined> {
    const row = await this.#all().where('files.id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : this.completed(row);
  }

  /** By the path that the file had when it was uploaded, which it keeps wherever it is. */
  async byPath(path: string): Promise<OwnedFile | undefined> {
    const row = await this.#all().where('files.path', '=', path).executeTakeFirst();
    return row === undefined ? undefined : this.completed(row);
  }

  /** @throws AppError 404, also for a file that this user may not know of. */
  async visible(user: User | null, id: string): Promise<OwnedFile> {
    const row = await this.byId(id);
    if (row === undefined || !maySee(user, row)) throw noFile();
    return row;
  }

  /** @throws AppError 404; 403 for a file that he may see and not change. */
  async changeable(user: User, id: string): Promise<OwnedFile> {
    const row = await this.visible(user, id);
    if (!mayChange(user, row)) throw forbidden('This file is somebody else’s.');
    return row;
  }

  /** The object stays where it is: name and folder are the row's alone. */
  async change(user: User, id: string, change: FileChange): Promise<OwnedFile> {
    await this.changeable(user, id);
    const { name, folder, visibility } = change;
    const set = {
      ...(name === undefined ? {} : { name }),
      ...(folder === undefined ? {} : { folder }),
      ...(visibility === undefined ? {} : { visibility }),
    };
    if (Object.keys(set).length > 0)
      await this.#db.updateTable('files').set(set).where('id', '=', id).execute();
    return this.visible(user, id);
  }

  /** What a row from before lacks is asked of the storage, and written down. Of a file that is not there, nothing is known. */
  async completed<Row extends FileRow>(row: Row): Promise<Row> {
    if (row.size !== null) return row;
    try {
      const metadata = await lookUp(this.#stores, keyOf(row));
      await fillRow(this.#db, row.id, metadata);
      return { ...row, ...metadata };
    } catch (error) {
      if (isStorageError(error)) return row; // shown without, and tried again next time
      throw error;
    }
  }

  #all() {
    return this.#db
      .selectFrom('files')
      .innerJoin('users', 'users.id', 'files.owner_id')
      .selectAll('files')
      .select('users.name as owner_name');
  }
}

/** Only a row that nobody else has filled in meanwhile. */
export async function fillRow(
  db: Kysely<Schema> | Transaction<Schema>,
  id: string,
  metadata: Awaited<ReturnType<typeof lookUp>>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('files')
    .set(metadata)
    .where('id', '=', id)
    .where('size', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
