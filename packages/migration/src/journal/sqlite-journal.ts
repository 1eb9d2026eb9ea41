import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type Key,
  type ListedFile,
  type SkippedEntry,
  type SkipReason,
  StorageError,
} from '@org/storage-core';
import Database from 'libsql';
import { GroupCommit } from './group-commit.js';
import {
  type Count,
  type Endpoints,
  type FileRecord,
  type FileResult,
  type FileState,
  type Journal,
  type PageOptions,
  RESOLVED,
  type Run,
  type RunOutcome,
  UNRESOLVED,
  type UnfinishedUpload,
  type VerificationResult,
} from './journal.js';
import { type JournalLock, lockJournal } from './journal-lock.js';
import { fileRecord, number, optionalText, type Row, runOf, text } from './sqlite-row.js';
import { migrateSchema, userVersion } from './sqlite-schema.js';

export interface SqliteJournalOptions {
  /** Path of the SQLite file; its directory is made if missing. */
  readonly file: string;
  /** What is migrated. A journal of other endpoints is refused. Without it, an existing journal is opened as it is. */
  readonly endpoints?: Endpoints;
  /** Only look: no lock is taken, and nothing is created. Default `false`. */
  readonly readOnly?: boolean;
}

const STATES: readonly FileState[] = [
  'pending',
  'copied',
  'present',
  'conflict',
  'failed',
  'gone',
  'superseded',
  'deleted',
  'lost',
];

const quoted = (states: readonly FileState[]) => states.map((state) => `'${state}'`).join(', ');

/** The file is as it was when its state was decided, and the state is a good one. */
const SETTLED = `source_etag = excluded.source_etag AND state IN (${quoted(RESOLVED)})`;

const SEE = `
  INSERT INTO files (key, size, source_etag, state, scan)
  VALUES (?, ?, ?, 'pending', (SELECT number FROM scan))
  ON CONFLICT (key) DO UPDATE SET
    state = CASE WHEN ${SETTLED} THEN state ELSE 'pending' END,
    attempts = CASE WHEN ${SETTLED} THEN attempts ELSE 0 END,
    verification = CASE WHEN ${SETTLED} THEN verification END,
    error_code = NULL,
    error_message = NULL,
    size = excluded.size,
    source_etag = excluded.source_etag,
    scan = excluded.scan`;

/** What lies in a directory that could not be read was not seen, and need not be gone. */
const END_SCAN = `
  UPDATE files SET state = ?
  WHERE scan < (SELECT number FROM scan) AND state IN (${quoted(UNRESOLVED)})
    AND NOT EXISTS (
      SELECT 1 FROM skipped
      WHERE reason = 'unreadable' AND (path IN ('', '.', key) OR substr(key, 1, length(path) + 1) = path || '/')
    )`;

const RESULT = `
  UPDATE files SET
    state = ?, attempts = ?, crc32 = coalesce(?, crc32), sha256 = coalesce(?, sha256),
    target_etag = coalesce(?, target_etag), version_id = coalesce(?, version_id),
    error_code = ?, error_message = ?, upload_id = CASE WHEN ? THEN upload_id END
  WHERE key = ?`;

/**
 * Opens a journal in a SQLite file: in WAL mode, every commit flushed to the disk.
 * @throws StorageError `Conflict` if another process works with it, `InvalidArgument` if it belongs to another migration
 * or is no journal, `NotFound` if it is to be read and does not exist.
 */
export function openSqliteJournal(options: SqliteJournalOptions): Journal {
  const { file, endpoints, readOnly = false } = options;
  if (readOnly && !existsSync(file))
    throw new StorageError('NotFound', `there is no journal ${file}`);
  if (!readOnly) mkdirSync(dirname(file), { recursive: true });
  const lock = readOnly ? undefined : lockJournal(file);
  try {
    return new SqliteJournal(file, endpoints, lock);
  } catch (error) {
    lock?.release();
    throw journalError(error, file);
  }
}

class SqliteJournal implements Journal {
  readonly place: string;
  readonly endpoints: Endpoints;
  readonly #database: Database.Database;
  readonly #lock: JournalLock | undefined;
  readonly #commits: GroupCommit;
  readonly #statements = new Map<string, Database.Statement<unknown[]>>();

  constructor(file: string, endpoints: Endpoints | undefined, lock: JournalLock | undefined) {
    this.place = file;
    this.#lock = lock;
    this.#database = new Database(file, { timeout: 10_000 });
    try {
      if (lock !== undefined) {
        this.#database.pragma('journal_mode = WAL');
        this.#database.pragma('synchronous = FULL');
        migrateSchema(this.#database, file);
      } else if (userVersion(this.#database) === 0) {
        throw new StorageError('InvalidArgument', `${file} is not a journal`);
      }
      this.endpoints = this.#adopt(endpoints);
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.#commits = new GroupCommit((writes) => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        writes();
        this.#database.exec('COMMIT');
      } catch (error) {
        if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
        throw journalError(error, file);
      }
    });
  }

  /** Writes the endpoints into a new journal, or compares them with an old one's. */
  #adopt(endpoints: Endpoints | undefined): Endpoints {
    const row = this.#get('SELECT source, target FROM endpoints');
    if (row === undefined) {
      if (endpoints === undefined) {
        throw new StorageError('InvalidArgument', `the journal ${this.place} is empty`);
      }
      this.#run('INSERT INTO endpoints VALUES (?, ?)', endpoints.source, endpoints.target);
      return endpoints;
    }
    const known = { source: text(row, 'source'), target: text(row, 'target') };
    if (
      endpoints !== undefined &&
      (known.source !== endpoints.source || known.target !== endpoints.target)
    ) {
      throw new StorageError(
        'InvalidArgument',
        `the journal ${this.place} belongs to the migration from ${known.source} to ${known.target}; ` +
          'name another file',
      );
    }
    return known;
  }

  async startRun(): Promise<Run> {
    const run: Run = { id: randomUUID(), started: new Date(), outcome: 'running' };
    await this.#write('INSERT INTO runs (id, started, outcome) VALUES (?, ?, ?)', [
      [run.id, run.started.getTime(), run.outcome],
    ]);
    return run;
  }

  endRun(id: string, outcome: RunOutcome): Promise<void> {
    return this.#write('UPDATE runs SET ended = ?, outcome = ? WHERE id = ?', [
      [Date.now(), outcome, id],
    ]);
  }

  async lastRun(): Promise<Run | undefined> {
    const row = this.#get('SELECT * FROM runs ORDER BY rowid DESC LIMIT 1');
    return row === undefined ? undefined : runOf(row);
  }

  async startScan(): Promise<void> {
    await Promise.all([
      this.#write('UPDATE scan SET number = number + 1', [[]]),
      this.#write('DELETE FROM skipped', [[]]),
    ]);
  }

  recordSeen(files: readonly ListedFile[]): Promise<void> {
    return this.#write(
      SEE,
      files.map(({ key, size, etag }) => [key, size, etag]),
    );
  }

  recordSkipped(skipped: readonly SkippedEntry[]): Promise<void> {
    return this.#write(
      'INSERT INTO skipped (path, reason, detail) VALUES (?, ?, ?)',
      skipped.map(({ path, reason, detail }) => [path, reason, detail]),
    );
  }

  endScan({ missing = 'gone' }: { readonly missing?: 'gone' | 'pending' } = {}): Promise<void> {
    return this.#write(END_SCAN, [[missing]]);
  }

  async page({ states, after, limit }: PageOptions): Promise<FileRecord[]> {
    const where = states === undefined ? '' : `state IN (${quoted(states)}) AND`;
    return this.#all(
      `SELECT * FROM files WHERE ${where} key > ? ORDER BY key LIMIT ?`,
      after ?? '',
      limit,
    ).map(fileRecord);
  }

  async find(key: Key): Promise<FileRecord | undefined> {
    const row = this.#get('SELECT * FROM files WHERE key = ?', key);
    return row === undefined ? undefined : fileRecord(row);
  }

  async totals(): Promise<Record<FileState, Count>> {
    const rows = this.#all(
      'SELECT state, count(*) AS files, sum(size) AS bytes FROM files GROUP BY state',
    );
    const count = (state: FileState): Count => {
      const row = rows.find((candidate) => candidate['state'] === state);
      return row === undefined
        ? { files: 0, bytes: 0 }
        : { files: number(row, 'files'), bytes: number(row, 'bytes') };
    };
    return Object.fromEntries(STATES.map((state) => [state, count(state)])) as Record<
      FileState,
      Count
    >;
  }

  async verifications(): Promise<Partial<Record<VerificationResult, number>>> {
    return this.#countBy('files', 'verification');
  }

  async skippedTotals(): Promise<Partial<Record<SkipReason, number>>> {
    return this.#countBy('skipped', 'reason');
  }

  #countBy(table: 'files' | 'skipped', column: string): Record<string, number> {
    const rows = this.#all(
      `SELECT ${column} AS name, count(*) AS files FROM ${table} WHERE ${column} IS NOT NULL GROUP BY ${column}`,
    );
    return Object.fromEntries(rows.map((row) => [text(row, 'name'), number(row, 'files')]));
  }

  async *skipped(): AsyncGenerator<SkippedEntry> {
    for (let after = 0; ; ) {
      const rows = this.#all(
        'SELECT rowid, * FROM skipped WHERE rowid > ? ORDER BY rowid LIMIT 1000',
        after,
      );
      for (const row of rows) {
        yield {
          path: text(row, 'path'),
          reason: text(row, 'reason') as SkipReason,
          detail: text(row, 'detail'),
        };
        after = number(row, 'rowid');
      }
      if (rows.length === 0) return;
    }
  }

  recordUpload(key: Key, uploadId = ''): Promise<void> {
    return this.#write('UPDATE files SET upload_id = ? WHERE key = ?', [[uploadId, key]]);
  }

  async unfinishedUploads(): Promise<UnfinishedUpload[]> {
    return this.#all('SELECT key, upload_id FROM files WHERE upload_id IS NOT NULL').map((row) => {
      const uploadId = optionalText(row, 'upload_id');
      return { key: text(row, 'key') as Key, ...(uploadId ? { uploadId } : {}) };
    });
  }

  clearUpload(key: Key): Promise<void> {
    return this.#write('UPDATE files SET upload_id = NULL WHERE key = ?', [[key]]);
  }

  recordResult(key: Key, result: FileResult): Promise<void> {
    const { state, attempts, checksums, targetEtag, versionId, error } = result;
    return this.#write(RESULT, [
      [
        state,
        attempts,
        checksums?.crc32 ?? null,
        checksums?.sha256 ?? null,
        targetEtag ?? null,
        versionId ?? null,
        error?.code ?? null,
        error?.message ?? null,
        state === 'copied' ? 0 : 1,
        key,
      ],
    ]);
  }

  recordVerification(key: Key, result: VerificationResult): Promise<void> {
    return this.#write('UPDATE files SET verification = ? WHERE key = ?', [[result, key]]);
  }

  async close(): Promise<void> {
    this.#commits.flush();
    this.#database.close();
    this.#lock?.release();
  }

  #write(sql: string, rows: readonly (readonly unknown[])[]): Promise<void> {
    return this.#commits.write(() => {
      for (const row of rows) this.#run(sql, ...row);
    });
  }

  #run(sql: string, ...values: unknown[]): void {
    this.#statement(sql).run(...values);
  }

  #get(sql: string, ...values: unknown[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  #all(sql: string, ...values: unknown[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }

  #statement(sql: string): Database.Statement<unknown[]> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare<unknown[]>(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

function journalError(error: unknown, file: string): unknown {
  if (error instanceof StorageError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'SQLITE_FULL') {
    return new StorageError(
      'QuotaExceeded',
      `the disk of the journal ${file} is full; make room and run again`,
      { cause: error },
    );
  }
  if (code === 'SQLITE_NOTADB') {
    return new StorageError('InvalidArgument', `${file} is not a journal`, { cause: error });
  }
  return new StorageError('Unavailable', `the journal ${file} can’t be used: ${error.message}`, {
    cause: error,
    retryable: false,
  });
}
