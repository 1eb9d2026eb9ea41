import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStorageProvider, type StorageProvider } from '@org/storage-core';
import type { FastifyInstance } from 'fastify';
import { Users } from '../src/server/accounts/users.js';
import { buildApp } from '../src/server/app.js';
import { type Database, openDatabase } from '../src/server/database/database.js';
import { migrateSchema } from '../src/server/database/migrations.js';
import type { AppOptions } from '../src/server/options.js';
import { Client } from './client.js';

export interface Account {
  readonly email: string;
  readonly password: string;
}

export interface StartedApp {
  readonly app: FastifyInstance;
  /** Such as `http://127.0.0.1:40123`. */
  readonly origin: string;
  readonly storage: StorageProvider;
  /** A connection of its own. */
  readonly database: Database;
  readonly databaseUrl: string;
  readonly admin: Account;
  readonly user: Account;
  /** A browser, more or less: keeps its cookie, and sends the token of its session. */
  client(account?: Account): Promise<Client>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Cheap enough for tests. */
export const PASSWORD_COST = { N: 16, r: 1, p: 1 };

const ADMIN = { email: 'admin@example.org', password: 'correct horse battery' };
const USER = { email: 'zoe@example.org', password: 'staple horse battery' };

/** The application on a free port, with an administrator and a user; by default, with files in memory and rows in SQLite. */
export async function startApp(given: Partial<AppOptions> = {}): Promise<StartedApp> {
  const directory = await mkdtemp(join(tmpdir(), 'reference-'));
  const storage = given.storage ?? new MemoryStorageProvider();
  const url = given.database ?? `sqlite:${join(directory, 'app.sqlite')}`;
  const database = openDatabase(url);
  await migrateSchema(database);
  const users = new Users(database, () => new Date(), PASSWORD_COST);
  await users.create({ ...ADMIN, name: 'Ada', role: 'admin' });
  await users.create({ ...USER, name: 'Zoë' });
  let origin = 'http://127.0.0.1';
  const app = await buildApp({
    database: url,
    secret: 'a secret of thirty-two bytes and more',
    publicUrl: () => origin,
    uploads: { maxBytes: 64 * 1024 * 1024, types: [] },
    passwordCost: PASSWORD_COST,
    schedules: false,
    rates: { logins: 1_000, uploads: 1_000 },
    ...given,
    storage,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const close = async () => {
    await app.close();
    await database.close();
    if (given.storage === undefined) await storage.close();
    await rm(directory, { recursive: true, force: true });
  };
  return {
    app,
    origin,
    storage,
    database,
    databaseUrl: typeof url === 'string' ? url : '',
    admin: ADMIN,
    user: USER,
    async client(account) {
      const client = new Client(origin);
      await client.open(account);
      return client;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
