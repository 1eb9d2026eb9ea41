import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Account, AccountChange, AccountUsage, Role, User } from '../../api-types.js';
import type { Database } from '../database/database.js';
import type { Schema, UserRow } from '../database/schema.js';
import { AppError, conflict, notFound } from '../security/app-error.js';
import {
  DEFAULT_COST,
  hashPassword,
  isOutdated,
  type ScryptCost,
  verifyPassword,
} from './password.js';

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly password: string;
  /** Default `user`. */
  readonly role?: Role | undefined;
}

export class Users {
  readonly #db: Kysely<Schema>;
  readonly #kind: Database['kind'];
  readonly #now: () => Date;
  readonly #cost: ScryptCost;
  /** Of a password that nobody has: who is unknown takes as long to be refused as who is known. */
  readonly #nobody: Promise<string>;

  constructor({ db, kind }: Database, now: () => Date, cost = DEFAULT_COST) {
    this.#db = db;
    this.#kind = kind;
    this.#now = now;
    this.#cost = cost;
    this.#nobody = hashPassword(randomUUID(), cost);
  }

  /** @throws AppError 409 if somebody has the address. */
  async create({ email, name, password, role = 'user' }: NewUser): Promise<User> {
    const user = { id: randomUUID(), email: normalised(email), name, role };
    const { numInsertedOrUpdatedRows = 0n } = await this.#db
      .insertInto('users')
      .values({
        ...user,
        password: await hashPassword(password, this.#cost),
        created_at: this.#now().toISOString(),
      })
      .onConflict((conflict) => conflict.column('email').doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 0n)
      throw new AppError(409, 'email_taken', 'There is an account with this address.', {
        fields: { email: 'There is an account with this address.' },
      });
    return user;
  }

  /** `undefined` for an unknown address, a wrong password and a disabled account: nothing tells which. */
  async withPassword(email: string, password: string): Promise<User | undefined> {
    const row = await this.#db
      .selectFrom('users')
      .selectAll()
      .where('email', '=', normalised(email))
      .executeTakeFirst();
    const right = await verifyPassword(password, row?.password ?? (await this.#nobody));
    if (row === undefined || !right || row.disabled_at !== null) return undefined;
    if (isOutdated(row.password, this.#cost)) await this.#renewHash(row, password);
    return userOf(row);
  }

  /** With what their files are. */
  async list(): Promise<AccountUsage[]> {
    const rows = await this.#db
      .selectFrom('users')
      .leftJoin('files', 'files.owner_id', 'users.id')
      .selectAll('users')
      .select(({ fn }) => [
        fn.count<number>('files.id').as('files'),
        fn.coalesce(fn.sum<number>('files.size'), sql<number>`0`).as('bytes'),
      ])
      .groupBy('users.id')
      .orderBy('users.email')
      .execute();
    return rows.map((row) => ({ ...accountOf(row), files: row.files, bytes: row.bytes }));
  }

  /**
   * A disabled account has no sessions any more. There is always an administrator who can log in.
   * @throws AppError 404; 409 for the last administrator.
   */
  async change(id: string, change: AccountChange): Promise<Account> {
    return this.#db.transaction().execute(async (transaction) => {
      const rows = await transaction
        .selectFrom('users')
        .selectAll()
        .where((where) => where.or([where('role', '=', 'admin'), where('id', '=', id)]))
        .orderBy('id')
        .$if(this.#kind === 'postgres', (query) => query.forUpdate()) // SQLite has locked all by now
        .execute();
      const row = rows.find((one) => one.id === id);
      if (row === undefined) throw notFound('There is no such account.');
      const now = this.#now().toISOString();
      const role = change.role ?? row.role;
      const disabled = change.disabled ?? row.disabled_at !== null;
      const others = rows.some(
        (one) => one.id !== id && one.role === 'admin' && one.disabled_at === null,
      );
      if ((role !== 'admin' || disabled) && !others)
        throw conflict('last_admin', 'This is the last administrator.');
      const changed = { role, disabled_at: disabled ? (row.disabled_at ?? now) : null };
      await transaction.updateTable('users').set(changed).where('id', '=', id).execute();
      if (disabled) await transaction.deleteFrom('sessions').where('user_id', '=', id).execute();
      return accountOf({ ...row, ...changed });
    });
  }

  async #renewHash(row: UserRow, password: string): Promise<void> {
    await this.#db
      .updateTable('users')
      .set({ password: await hashPassword(password, this.#cost) })
      .where('id', '=', row.id)
      .where('password', '=', row.password)
      .execute();
  }
}

function userOf({ id, email, name, role }: UserRow): User {
  return { id, email, name, role };
}

function accountOf(row: UserRow): Account {
  return { ...userOf(row), disabled: row.disabled_at !== null, createdAt: row.created_at };
}

function normalised(email: string): string {
  return email.trim().toLowerCase();
}
