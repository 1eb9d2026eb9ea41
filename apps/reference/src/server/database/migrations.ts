import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError } from '@org/storage-core';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database, DatabaseKind } from './database.js';
import type { Schema } from './schema.js';

/** A number that all processes take in PostgreSQL while they look and change. */
const LOCK = 7_205_117_311;

interface Step {
  /** Of the file, without `.sql`: steps go by the order of their names. */
  readonly name: string;
  readonly forward: readonly string[];
  readonly back: readonly string[];
}

/**
 * Brings the schema up to date: each step in a transaction of its own, which also notes that it was done. Any number of processes may do it at
 * once, and one that is killed leaves a step done or not begun.
 * @param to The last step to take; default all. `0001` is enough of a name.
 * @returns The steps that this process has taken.
 * @throws StorageError `InvalidArgument` if the database has steps that this version does not know.
 */
export async function migrateSchema({ db, kind }: Database, to?: string): Promise<string[]> {
  const steps = await readSteps(kind);
  const last = to === undefined ? steps.length - 1 : indexOf(steps, to);
  const taken: string[] = [];
  for (const step of steps.slice(0, last + 1)) {
    const done = await exclusively(db, kind, async (transaction) => {
      const applied = await appliedSteps(transaction);
      refuseUnknown(steps, applied);
      if (applied.includes(step.name)) return false;
      await execute(transaction, step.forward);
      const now = new Date().toISOString();
      await sql`INSERT INTO schema_steps (name, applied_at) VALUES (${step.name}, ${now})`.execute(
        transaction,
      );
      return true;
    });
    if (done) taken.push(step.name);
  }
  return taken;
}

/**
 * Takes steps back, the latest first, down to the one that is named, which stays.
 * @returns The steps that were taken back.
 */
export async function revertSchema({ db, kind }: Database, to: string): Promise<string[]> {
  const steps = await readSteps(kind);
  const reverted: string[] = [];
  for (const step of steps.slice(indexOf(steps, to) + 1).reverse()) {
    const done = await exclusively(db, kind, async (transaction) => {
      const applied = await appliedSteps(transaction);
      refuseUnknown(steps, applied);
      if (!applied.includes(step.name)) return false;
      await execute(transaction, step.back);
      await sql`DELETE FROM schema_steps WHERE name = ${step.name}`.execute(transaction);
      return true;
    });
    if (done) reverted.push(step.name);
  }
  return reverted;
}

/** SQLite's transactions take the lock for writing by themselves when they begin. */
function exclusively<T>(
  db: Kysely<Schema>,
  kind: DatabaseKind,
  run: (transaction: Transaction<Schema>) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (transaction) => {
    if (kind === 'postgres')
      await sql`SELECT pg_advisory_xact_lock(${LOCK}::bigint)`.execute(transaction);
    await sql`CREATE TABLE IF NOT EXISTS schema_steps (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL)`.execute(
      transaction,
    );
    return run(transaction);
  });
}

async function appliedSteps(transaction: Transaction<Schema>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`SELECT name FROM schema_steps`.execute(transaction);
  return rows.map(({ name }) => name);
}

function refuseUnknown(steps: readonly Step[], applied: readonly string[]): void {
  const unknown = applied.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length === 0) return;
  throw new StorageError(
    'InvalidArgument',
    `the database is of a newer version of the application: it has ${unknown.join(', ')}`,
  );
}

async function execute(
  transaction: Transaction<Schema>,
  statements: readonly string[],
): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(transaction);
}

function indexOf(steps: readonly Step[], name: string): number {
  const index = steps.findIndex((step) => step.name.startsWith(name));
  if (index === -1) throw new StorageError('InvalidArgument', `there is no step ${name}`);
  return index;
}

async function readSteps(kind: DatabaseKind): Promise<Step[]> {
  const directory = join(findMigrations(import.meta.dirname), kind);
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort();
  const names = files
    .filter((file) => !file.endsWith('.down.sql'))
    .map((file) => file.slice(0, -'.sql'.length));
  const read = async (file: string) => statementsOf(await readFile(join(directory, file), 'utf8'));
  return Promise.all(
    names.map(async (name) => ({
      name,
      forward: await read(`${name}.sql`),
      back: await read(`${name}.down.sql`),
    })),
  );
}

/** A statement ends with a `;` at the end of a line. */
export function statementsOf(text: string): string[] {
  return text
    .replaceAll(/\s*--.*$/gm, '')
    .split(/;[ \t]*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** Beside `src` and `dist`, wherever this file has ended up. */
function findMigrations(from: string): string {
  const here = join(from, 'migrations');
  if (existsSync(join(here, 'sqlite'))) return here;
  if (dirname(from) === from) throw new StorageError('NotFound', 'there is no folder migrations');
  return findMigrations(dirname(from));
}
