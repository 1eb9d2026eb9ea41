import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Schema } from '../database/schema.js';
import { notFound } from '../security/app-error.js';
import { hashToken, randomToken, sameToken } from '../security/token.js';

export interface Share {
  readonly id: string;
  readonly fileId: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  readonly downloads: number;
}

/**
 * Links to a file for whoever has them. A token is `ID.SECRET`; the database has the secret's hash alone, so that a link is shown once, when it
 * is made.
 */
export class Shares {
  readonly #db: Kysely<Schema>;
  readonly #now: () => Date;

  constructor(db: Kysely<Schema>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  /** @param expiresIn Seconds. */
  async create(
    fileId: string,
    createdBy: string,
    expiresIn: number,
  ): Promise<{ share: Share; token: string }> {
    const now = this.#now();
    const secret = randomToken();
    const id = randomUUID();
    const expiresAt = new Date(now.getTime() + expiresIn * 1000).toISOString();
    await this.#db
      .insertInto('shares')
      .values({
        id,
        file_id: fileId,
        token_hash: hashToken(secret),
        created_by: createdBy,
        created_at: now.toISOString(),
        expires_at: expiresAt,
      })
      .execute();
    return { share: { id, fileId, createdBy, expiresAt, downloads: 0 }, token: `${id}.${secret}` };
  }

  /** @throws AppError 404: unknown, expired and revoked are one. */
  async open(token: string): Promise<Share> {
    const [id = '', secret = ''] = token.split('.');
    const row = await this.#db
      .selectFrom('shares')
      .selectAll()
      .where('id', '=', id)
      .where('expires_at', '>', this.#now().toISOString())
      .executeTakeFirst();
    const right = sameToken(hashToken(secret), row?.token_hash ?? '');
    if (row === undefined || !right) throw notFound('This link does not lead to a file any more.');
    return shareOf(row);
  }

  async count(id: string): Promise<void> {
    await this.#db
      .updateTable('shares')
      .set(({ eb }) => ({ downloads: eb('downloads', '+', 1) }))
      .where('id', '=', id)
      .execute();
  }

  /** Those that are still good. */
  async ofFile(fileId: string): Promise<Share[]> {
    const rows = await this.#db
      .selectFrom('shares')
      .selectAll()
      .where('file_id', '=', fileId)
      .where('expires_at', '>', this.#now().toISOString())
      .orderBy('created_at')
      .execute();
    return rows.map(shareOf);
  }

  async byId(id: string): Promise<Share | undefined> {
    const row = await this.#db
      .selectFrom('shares')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row === undefined ? undefined : shareOf(row);
  }

  async revoke(id: string): Promise<void> {
    await this.#db.deleteFrom('shares').where('id', '=', id).execute();
  }

  /** @returns How many there were. */
  async removeExpired(): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('shares')
      .where('expires_at', '<=', this.#now().toISOString())
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}

function shareOf(row: {
  id: string;
  file_id: string;
  created_by: string;
  expires_at: string;
  downloads: number;
}): Share {
  const { id, file_id, created_by, expires_at, downloads } = row;
  return { id, fileId: file_id, createdBy: created_by, expiresAt: expires_at, downloads };
}
