import type { Kysely } from 'kysely';
import type { User } from '../../api-types.js';
import type { Schema } from '../database/schema.js';
import { derivedToken, hashToken, randomToken, sameToken } from '../security/token.js';

/** A session ends when it was not used for so long. */
const IDLE = 7 * 86_400_000;

/** And so long after its login at the latest. */
export const LONGEST = 30 * 86_400_000;

const ID = /^[\w-]{43}$/;

/**
 * Sessions of browsers. A browser has a random id as a cookie; the database has the id's hash, and only of those who are logged in. Who logs
 * in or out gets another id, so that an id that was planted before is of no use.
 */
export class Sessions {
  readonly #db: Kysely<Schema>;
  readonly #now: () => Date;
  readonly #secret: string;

  constructor(db: Kysely<Schema>, now: () => Date, secret: string) {
    this.#db = db;
    this.#now = now;
    this.#secret = secret;
  }

  /** An id of nobody yet. */
  create(): string {
    return randomToken();
  }

  isId(value: string | undefined): value is string {
    return value !== undefined && ID.test(value);
  }

  /** Who is logged in. Being used keeps a session alive. */
  async user(id: string): Promise<User | undefined> {
    const now = this.#now();
    const hash = hashToken(id);
    const row = await this.#db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select(['users.id', 'users.email', 'users.name', 'users.role'])
      .select(['sessions.created_at', 'sessions.expires_at'])
      .where('sessions.id_hash', '=', hash)
      .where('sessions.expires_at', '>', now.toISOString())
      .where('users.disabled_at', 'is', null)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { created_at, expires_at, ...user } = row;
    const end = new Date(Math.min(now.getTime() + IDLE, Date.parse(created_at) + LONGEST));
    if (end.getTime() - Date.parse(expires_at) > IDLE / 7) await this.#prolong(hash, end);
    return user;
  }

  /** @returns The id of the session of who has logged in. */
  async begin(user: User): Promise<string> {
    const id = this.create();
    const now = this.#now();
    await this.#db
      .insertInto('sessions')
      .values({
        id_hash: hashToken(id),
        user_id: user.id,
        created_at: now.toISOString(),
        expires_at: new Date(now.getTime() + IDLE).toISOString(),
      })
      .execute();
    return id;
  }

  async end(id: string): Promise<void> {
    await this.#db.deleteFrom('sessions').where('id_hash', '=', hashToken(id)).execute();
  }

  /** @returns How many there were. */
  async removeExpired(): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom('sessions')
      .where('expires_at', '<=', this.#now().toISOString())
      .executeTakeFirst();
    return Number(numDeletedRows);
  }

  /** What a page of this session has to send with whatever changes anything. */
  csrfToken(id: string): string {
    return derivedToken(this.#secret, 'csrf', id);
  }

  isCsrfToken(id: string, token: string): boolean {
    return sameToken(token, this.csrfToken(id));
  }

  /** Once a day is enough: not every request has to write. */
  async #prolong(hash: string, end: Date): Promise<void> {
    await this.#db
      .updateTable('sessions')
      .set({ expires_at: end.toISOString() })
      .where('id_hash', '=', hash)
      .execute();
  }
}
