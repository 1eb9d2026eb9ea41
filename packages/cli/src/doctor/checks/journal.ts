import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isStorageError } from '@org/storage-core';
import Database from 'libsql';
import { formatBytes } from '../../format.js';
import { isAddress } from '../../journal-place.js';
import { openJournal, postgresPlace } from '../../open-journal.js';
import { openPostgresPool } from '../../postgres-pool.js';
import { type Check, type Finding, failure, note, ok } from '../check.js';
import { codeOf } from '../directory-trial.js';
import type { JournalPatient } from '../patient.js';
import { roomAt } from './room.js';

/** Bytes of a file that are gone through in a second or two; meanwhile nothing else is done. */
const GONE_THROUGH = 256 * 1024 ** 2;

export const journal: Check = {
  id: 'journal',
  title: 'The migration’s journal',
  hindrance: 'the journal can’t be used',
  answers: 2,
  applies: (patient) => patient.journal !== undefined,
  async run({ journal: found }) {
    if (found === undefined) return [];
    return isAddress(found.place) ? inPostgres(found) : inFile(found);
  },
};

async function inFile(found: JournalPatient): Promise<Finding[]> {
  const file = found.place;
  const there = await stat(file).catch(() => undefined); // it is made by the first run
  const parent = await existingParent(file);
  const rights = await access(parent, constants.W_OK).catch((error: unknown) => codeOf(error));
  const findings: Finding[] = [];
  if (typeof rights === 'string') {
    findings.push(
      failure(
        `${parent} can’t be written to (${rights})`,
        'give this user the right, or name another place (--journal)',
      ),
    );
  } else findings.push(...(await roomAt(parent)).filter(({ level }) => level !== 'ok'));
  if (there === undefined)
    return [...findings, ok(`${file} is not there yet: the first run makes it`)];
  const whole = integrity(file, there.size);
  if (whole.level === 'failure') return [...findings, whole];
  return [...findings, whole, ...(await opened(found))];
}

async function existingParent(path: string): Promise<string> {
  const parent = dirname(path);
  const there = await stat(parent).catch(() => undefined); // made with the journal
  return there !== undefined || parent === dirname(parent) ? parent : existingParent(parent);
}

/** https://www.sqlite.org/pragma.html#pragma_quick_check */
function integrity(file: string, size: number): Finding {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true, timeout: 1_000 });
    const version = valueIn(database.prepare('PRAGMA user_version').get());
    const about = `${file} (schema ${version}, ${formatBytes(size)})`;
    if (size > GONE_THROUGH)
      return note(
        `${about} is too large to be gone through here`,
        `sqlite3 ${file} 'PRAGMA quick_check'`,
      );
    const found = valueIn(database.prepare('PRAGMA quick_check(1)').get());
    if (found === 'ok') return ok(`${about} is whole`);
    return damaged(file, found);
  } catch (error) {
    return damaged(file, error instanceof Error ? error.message : String(error));
  } finally {
    database?.close();
  }
}

function damaged(file: string, what: string): Finding {
  return failure(
    `${file} is damaged, or no journal: ${what}`,
    'keep it aside, and begin another: what is in the bucket is found again, and not copied twice',
  );
}

/** The only column of a row. */
function valueIn(row: unknown): string {
  return typeof row === 'object' && row !== null ? String(Object.values(row)[0]) : '';
}

async function opened({ place, endpoints }: JournalPatient): Promise<Finding[]> {
  try {
    await using _ = await openJournal(place, {
      access: 'look',
      ...(endpoints === undefined ? {} : { endpoints }),
    });
    return [];
  } catch (error) {
    if (!isStorageError(error)) throw error;
    if (error.code === 'NotFound') return [ok('there is none yet: the first run makes it')];
    if (error.code === 'Unsupported' && /older release/.test(error.message))
      return [note('it was written by an older release: the next run brings it up to date')];
    return [failure(error.message)];
  }
}

async function inPostgres(found: JournalPatient): Promise<Finding[]> {
  const { address, schema = 'storage_migration' } = postgresPlace(found.place);
  const pool = await openPostgresPool(address, 'a journal');
  try {
    const { rows } = await pool.query<Answer>(
      `SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS replica,
        coalesce(has_schema_privilege(to_regnamespace(quote_ident($1)), 'CREATE'),
                 has_database_privilege(current_database(), 'CREATE')) AS allowed`,
      [schema],
    );
    const [answer] = rows;
    const reached = ok(`PostgreSQL ${answer?.version ?? ''} is reached, schema ${schema}`);
    if (answer?.replica === true)
      return [reached, failure('it is a replica, and can’t be written to', 'name the primary')];
    if (answer?.allowed !== true) {
      const mend = `grant CREATE on the schema ${schema}, or on the database if there is no such schema`;
      return [reached, failure('tables can’t be made there', mend)];
    }
    return [reached, ...(await opened(found))];
  } catch (error) {
    return [unreached(error)];
  } finally {
    await pool.end();
  }
}

interface Answer {
  readonly version: string;
  readonly replica: boolean;
  readonly allowed: boolean;
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html; no message tells the password. */
function unreached(error: unknown): Finding {
  const code = error instanceof AggregateError ? codeOf(error.errors[0]) : codeOf(error);
  switch (code) {
    case 'ECONNREFUSED':
      return failure(
        'nobody listens at the database’s address',
        'look whether it runs, and at its port',
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return failure(
        'the name of the database’s host can’t be resolved',
        'look for a mistake in it',
      );
    case '28P01':
    case '28000':
      return failure(
        'the database does not accept the user or the password',
        'look at PGPASSWORD, ~/.pgpass and the address',
      );
    case '3D000':
      return failure('there is no such database', 'make it, or look at its name');
    default:
      return failure(`the database can’t be used (${code})`, 'look at its address and its log');
  }
}
