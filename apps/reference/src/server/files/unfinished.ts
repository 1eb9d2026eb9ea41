import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Visibility } from '../../api-types.js';
import type { FileRow, Schema, UnfinishedFileRow } from '../database/schema.js';
import { conflict, noFile } from '../security/app-error.js';
import { freshKey } from './names.js';
import type { Metadata } from './place.js';

export interface NewFile {
  readonly ownerId: string;
  readonly name: string;
  readonly folder: string;
  readonly visibility: Visibility;
  /** Bytes, where they are announced. */
  readonly size?: number | undefined;
  readonly contentType?: string | undefined;
}

/**
 * Files on their way in and out. What may be in the storage is written down before it is there, and until it is gone:
 *
 *     upload   unfinished row → object → in one transaction: row of the file, no unfinished row
 *     delete   in one transaction: unfinished row, no row of the file → no object → no unfinished row
 *
 * So a file with a row is whole, wherever a process is killed; and an object without one has an unfinished row, by which it is cleaned up.
 */
export class UnfinishedFiles {
  readonly #db: Kysely<Schema>;
  readonly #now: () => Date;

  constructor(db: Kysely<Schema>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  /** @returns With a key that nothing was ever stored under. */
  async begin(
    file: NewFile,
    state: 'upload' | 'direct',
    given: { readonly id: string; readonly key: string } | undefined = undefined,
  ): Promise<UnfinishedFileRow> {
    const now = this.#now();
    const row: UnfinishedFileRow = {
      id: given?.id ?? randomUUID(),
      key: given?.key ?? freshKey(file.name, now),
      state,
      owner_id: file.ownerId,
      name: file.name,
      folder: file.folder,
      visibility: file.visibility,
      content_type: file.contentType ?? null,
      size: file.size ?? null,
      upload_id: null,
      begun_at: now.toISOString(),
    };
    await this.#db.insertInto('unfinished_files').values(row).execute();
    return row;
  }

  async byId(id: string): Promise<UnfinishedFileRow | undefined> {
    return this.#db
      .selectFrom('unfinished_files')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
  }

  async byKey(key: string): Promise<UnfinishedFileRow | undefined> {
    return this.#db
      .selectFrom('unfinished_files')
      .selectAll()
      .where('key', '=', key)
      .executeTakeFirst();
  }

  /** Its time begins anew. @param uploadId Of an upload in parts, once there is one. */
  async touch(id: string, uploadId?: string): Promise<void> {
    await this.#db
      .updateTable('unfinished_files')
      .set({ begun_at: this.#now().toISOString(), ...(uploadId && { upload_id: uploadId }) })
      .where('id', '=', id)
      .where('state', '!=', 'delete')
      .execute();
  }

  /**
   * The object is there, whole: from now on, so is the file.
   * @throws AppError 409 if it was given up meanwhile.
   */
  async finish(id: string, metadata: Metadata): Promise<FileRow> {
    return this.#db.transaction().execute(async (transaction) => {
      const row = await transaction
        .deleteFrom('unfinished_files')
        .where('id', '=', id)
        .where('state', '!=', 'delete')
        .returningAll()
        .executeTakeFirst();
      if (row === undefined || row.owner_id === null)
        throw conflict('given_up', 'The upload was given up. Send the file again.');
      const { key, owner_id, name, folder, visibility } = row;
      const uploaded_at = this.#now().toISOString();
      return transaction
        .insertInto('files')
        .values({ ...metadata, id, path: key, owner_id, name, folder, visibility, uploaded_at })
        .returningAll()
        .executeTakeFirstOrThrow();
    });
  }

  /** The row of a file becomes one of what is to be removed. @throws AppError 404 if somebody else was quicker. */
  async beginDelete(id: string): Promise<UnfinishedFileRow> {
    return this.#db.transaction().execute(async (transaction) => {
      const file = await transaction
        .deleteFrom('files')
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
      if (file === undefined) throw noFile();
      const row: UnfinishedFileRow = {
        id,
        key: file.key ?? file.path,
        state: 'delete',
        owner_id: file.owner_id,
        name: file.name,
        folder: file.folder,
        visibility: file.visibility,
        content_type: file.content_type,
        size: file.size,
        upload_id: null,
        begun_at: this.#now().toISOString(),
      };
      await transaction.insertInto('unfinished_files').values(row).execute();
      return row;
    });
  }

  /**
   * Nobody can finish it any more: only now may its object be removed.
   * @param begunBefore Only if it was begun before.
   * @returns `undefined` if it was finished, or is gone.
   */
  async giveUp(id: string, begunBefore?: Date): Promise<UnfinishedFileRow | undefined> {
    return this.#db
      .updateTable('unfinished_files')
      .set({ state: 'delete' })
      .where('id', '=', id)
      .$if(begunBefore !== undefined, (query) =>
        query.where('begun_at', '<', begunBefore?.toISOString() ?? ''),
      )
      .returningAll()
      .executeTakeFirst();
  }

  async remove(id: string): Promise<void> {
    await this.#db
      .deleteFrom('unfinished_files')
      .where('id', '=', id)
      .where('state', '=', 'delete')
      .execute();
  }

  /** In the order of their ids. */
  async list(
    state: UnfinishedFileRow['state'],
    begunBefore: Date,
    after: string,
  ): Promise<UnfinishedFileRow[]> {
    return this.#db
      .selectFrom('unfinished_files')
      .selectAll()
      .where('state', '=', state)
      .where('begun_at', '<', begunBefore.toISOString())
      .where('id', '>', after)
      .orderBy('id')
      .limit(100)
      .execute();
  }
}
