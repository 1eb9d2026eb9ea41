import { randomUUID } from 'node:crypto';
import {
  type ETag,
  type FileMetadata,
  type Key,
  type ListedFile,
  type SkippedEntry,
  type SkipReason,
  StorageError,
} from '@org/storage-core';
import { BREAKDOWNS, type Breakdown, type Group } from './breakdown.js';
import {
  FILE_STATES,
  type FileRecord,
  type FileResult,
  type FileState,
  type RetirementOutcome,
  type UnfinishedUpload,
  type VerificationResult,
  type VerifiedBy,
} from './file-record.js';
import type { Count, Disk, Endpoints, Journal, KeyRange, PageOptions } from './journal.js';
import {
  AUTO,
  controlOf,
  endpointsOf,
  fileRecord,
  lookOf,
  number,
  type Row,
  runOf,
  sampleOf,
  text,
  unfinishedUpload,
} from './row.js';
import type { Control, Run, RunCounts, RunKind, RunOutcome, Sample } from './run.js';
import type { SourceLook } from './source-look.js';
import {
  END_SCAN,
  IS_RESOLVED,
  indexFor,
  pageQuery,
  RESULT,
  SEEN,
  SEEN_AGAIN,
  UNVERIFIED,
} from './sql.js';

/** A database with the journal's tables. Values are bound to `$1`, `$2` and so on, which occur first in this order. */
export interface SqlDatabase {
  /** For people. */
  readonly place: string;
  read(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Resolves when it is on the disk. Writes that are asked for at once may share a transaction, in their order. */
  write(sql: string, values?: readonly unknown[]): Promise<void>;
  /** All rows, or none. @param end What follows the values. */
  insert(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly unknown[])[],
    end?: string,
  ): Promise<void>;
  close(): Promise<void>;
}

/**
 * The journal in the tables of a database.
 * @param makes Whether a new one becomes that of the endpoints.
 * @throws StorageError `InvalidArgument` if it belongs to another migration, or to none and no endpoints are given.
 */
export async function openSqlJournal(
  database: SqlDatabase,
  endpoints: Endpoints | undefined,
  makes = true,
): Promise<Journal> {
  return new SqlJournal(database, await adopt(database, endpoints, makes));
}

/**
 * Writes the endpoints into a new journal, or compares them with an old one's. Of several processes at once, one writes.
 * @param makes Whether a new one becomes that of the endpoints.
 * @throws StorageError `InvalidArgument` if it belongs to another migration, or to none and no endpoints are given.
 */
export async function adopt(
  database: SqlDatabase,
  endpoints: Endpoints | undefined,
  makes = true,
): Promise<Endpoints> {
  const { place } = database;
  let known = await adopted(database);
  if (known === undefined && endpoints !== undefined && makes) {
    const { source, target, disk } = endpoints;
    await database.write(ADOPT, [source, target, disk?.name ?? null, disk?.id ?? null]);
    known = await adopted(database);
  }
  if (known === undefined)
    throw new StorageError('InvalidArgument', `the journal ${place} is empty`);
  if (
    endpoints !== undefined &&
    (known.source !== endpoints.source || known.target !== endpoints.target)
  ) {
    throw new StorageError(
      'InvalidArgument',
      `the journal ${place} belongs to the migration from ${known.source} to ${known.target}; name another one`,
    );
  }
  if (endpoints !== undefined) checkDisk(known.disk, endpoints.disk, place);
  return known;
}

/** Two hosts that give their disks the same name would take each other's files for gone. */
function checkDisk(known: Disk | undefined, given: Disk | undefined, place: string): void {
  if (known?.id === undefined || known.id === given?.id) return;
  throw new StorageError(
    'InvalidArgument',
    `the journal ${place} is of another disk that is called ${known.name}: give each disk a name of its own; or its id, if it is the same one after all: ${known.id}`,
  );
}

const ADOPT = `
  INSERT INTO endpoints (source, target, disk, disk_id) SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM endpoints)
  ON CONFLICT DO NOTHING`;

async function adopted(database: SqlDatabase): Promise<Endpoints | undefined> {
  const [row] = await database.read('SELECT * FROM endpoints');
  return row === undefined ? undefined : endpointsOf(row);
}

/** The journal in the tables of a database that belongs to these endpoints. */
export class SqlJournal implements Journal {
  readonly place: string;
  readonly endpoints: Endpoints;
  readonly #database: SqlDatabase;
  readonly #indexed = new Set<string>();
  #scan = 0;

  constructor(database: SqlDatabase, endpoints: Endpoints) {
    this.place = database.place;
    this.endpoints = endpoints;
    this.#database = database;
  }

  async startRun(kind: RunKind): Promise<Run> {
    const run: Run = { id: randomUUID(), kind, started: new Date(), outcome: 'running' };
    await this.#database.write(
      'INSERT INTO runs (id, kind, started, outcome) VALUES ($1, $2, $3, $4)',
      [run.id, kind, run.started.getTime(), run.outcome],
    );
    return run;
  }

  endRun(id: string, outcome: RunOutcome, counts?: RunCounts): Promise<void> {
    return this.#database.write(
      'UPDATE runs SET ended = $1, outcome = $2, counts = $3 WHERE id = $4',
      [Date.now(), outcome, counts === undefined ? null : JSON.stringify(counts), id],
    );
  }

  async runs(limit = Number.MAX_SAFE_INTEGER): Promise<Run[]> {
    const newest = 'SELECT * FROM runs ORDER BY number DESC LIMIT $1';
    return (await this.#database.read(newest, [limit])).map(runOf);
  }

  recordSample(run: string, { at, files, bytes, failed, retries }: Sample): Promise<void> {
    return this.#database.write(
      'INSERT INTO samples (run, at, files, bytes, failed, retries) VALUES ($1, $2, $3, $4, $5, $6)',
      [run, at.getTime(), files, bytes, failed, retries],
    );
  }

  async samples(run: string, newest = Number.MAX_SAFE_INTEGER): Promise<Sample[]> {
    const rows = await this.#database.read(
      'SELECT * FROM samples WHERE run = $1 ORDER BY number DESC LIMIT $2',
      [run, newest],
    );
    return rows.map(sampleOf).reverse();
  }

  async control(): Promise<Control> {
    return controlOf((await this.#database.read('SELECT * FROM control'))[0]);
  }

  setControl({ paused, concurrency, bandwidth, rate }: Control): Promise<void> {
    return this.#database.write(
      'UPDATE control SET paused = $1, concurrency = $2, bandwidth = $3, rate = $4',
      [
        paused ? 1 : 0,
        concurrency === 'auto' ? AUTO : (concurrency ?? null),
        bandwidth ?? null,
        rate ?? null,
      ],
    );
  }

  recordLook({ at, run, ...found }: SourceLook): Promise<void> {
    return this.#database.write('INSERT INTO looks (at, run, found) VALUES ($1, $2, $3)', [
      at.getTime(),
      run ?? null,
      JSON.stringify(found),
    ]);
  }

  async lastLook(): Promise<SourceLook | undefined> {
    const newest = 'SELECT * FROM looks ORDER BY number DESC LIMIT 1';
    const [row] = await this.#database.read(newest);
    return row === undefined ? undefined : lookOf(row);
  }

  async startScan(): Promise<void> {
    await Promise.all([
      this.#database.write('UPDATE scan SET number = number + 1'),
      this.#database.write('DELETE FROM skipped'),
    ]);
    const [row] = await this.#database.read('SELECT number FROM scan');
    this.#scan = row === undefined ? 0 : number(row, 'number');
  }

  recordSeen(files: readonly ListedFile[]): Promise<void> {
    // A statement can't change a row twice.
    const once = new Map(files.map((file) => [file.key, file])).values();
    const rows = [...once].map(({ key, size, etag, lastModified }) => [
      ...[key, size, etag, lastModified.getTime()],
      ...['pending', this.#scan],
    ]);
    return this.#database.insert('files', SEEN, rows, SEEN_AGAIN);
  }

  recordSkipped(skipped: readonly SkippedEntry[]): Promise<void> {
    const rows = skipped.map(({ path, reason, detail }) => [
      storable(path),
      reason,
      storable(detail),
    ]);
    return this.#database.insert('skipped', ['path', 'reason', 'detail'], rows);
  }

  endScan({ missing = 'gone' }: { readonly missing?: 'gone' | 'pending' } = {}): Promise<void> {
    return this.#database.write(END_SCAN, [missing]);
  }

  async page(options: PageOptions): Promise<FileRecord[]> {
    const index = indexFor(options);
    if (index !== undefined && !this.#indexed.has(index)) {
      await this.#database.write(index);
      this.#indexed.add(index);
    }
    return (await this.#database.read(...pageQuery(options))).map(fileRecord);
  }

  async find(key: Key): Promise<FileRecord | undefined> {
    const [row] = await this.#database.read('SELECT * FROM files WHERE key = $1', [key]);
    return row === undefined ? undefined : fileRecord(row);
  }

  async totals(): Promise<Record<FileState, Count>> {
    const rows = await this.#database.read(
      'SELECT state, count(*) AS files, sum(size) AS bytes FROM files GROUP BY state',
    );
    const count = (state: FileState): Count => {
      const row = rows.find((candidate) => candidate['state'] === state);
      return row === undefined
        ? { files: 0, bytes: 0 }
        : { files: number(row, 'files'), bytes: number(row, 'bytes') };
    };
    return Object.fromEntries(FILE_STATES.map((state) => [state, count(state)])) as Record<
      FileState,
      Count
    >;
  }

  verifications(): Promise<Partial<Record<VerificationResult, number>>> {
    return this.#countBy('files', 'verification', IS_RESOLVED);
  }

  async unverified(by: VerifiedBy): Promise<number> {
    const [row] = await this.#database.read(UNVERIFIED, [by]);
    return row === undefined ? 0 : number(row, 'files');
  }

  retirements(): Promise<Partial<Record<RetirementOutcome, number>>> {
    return this.#countBy('files', 'retirement');
  }

  async breakdown(by: Breakdown, limit: number): Promise<Group[]> {
    const rows = await this.#database.read(BREAKDOWNS[by], [limit]);
    return rows.map((row) => ({
      name: text(row, 'name'),
      files: number(row, 'files'),
      bytes: number(row, 'bytes'),
    }));
  }

  skippedTotals(): Promise<Partial<Record<SkipReason, number>>> {
    return this.#countBy('skipped', 'reason');
  }

  async #countBy(
    table: 'files' | 'skipped',
    column: string,
    condition = 'true',
  ): Promise<Record<string, number>> {
    const rows = await this.#database.read(
      `SELECT ${column} AS name, count(*) AS files FROM ${table} WHERE ${column} IS NOT NULL AND ${condition} GROUP BY ${column}`,
    );
    return Object.fromEntries(rows.map((row) => [text(row, 'name'), number(row, 'files')]));
  }

  async *skipped(): AsyncGenerator<SkippedEntry> {
    for (let after = 0; ; ) {
      const rows = await this.#database.read(
        'SELECT * FROM skipped WHERE number > $1 ORDER BY number LIMIT 1000',
        [after],
      );
      for (const row of rows) {
        yield {
          path: text(row, 'path'),
          reason: text(row, 'reason') as SkipReason,
          detail: text(row, 'detail'),
        };
        after = number(row, 'number');
      }
      if (rows.length === 0) return;
    }
  }

  recordUpload(key: Key, uploadId = '', sourceEtag?: ETag): Promise<void> {
    return this.#database.write(
      'UPDATE files SET upload_id = $1, upload_etag = $2 WHERE key = $3',
      [uploadId, sourceEtag ?? null, key],
    );
  }

  async unfinishedUploads(range?: KeyRange): Promise<UnfinishedUpload[]> {
    const within = range === undefined ? '' : 'AND key >= $1 AND key <= $2';
    const rows = await this.#database.read(
      `SELECT key, upload_id, upload_etag FROM files WHERE upload_id IS NOT NULL ${within} ORDER BY key`,
      range === undefined ? [] : [range.from, range.upTo],
    );
    return rows.map(unfinishedUpload);
  }

  clearUpload(key: Key): Promise<void> {
    return this.#database.write('UPDATE files SET upload_id = NULL WHERE key = $1', [key]);
  }

  recordResult(key: Key, result: FileResult): Promise<void> {
    const { state, attempts, checksums, targetEtag, versionId, run, error } = result;
    return this.#database.write(RESULT, [
      ...[key, state, attempts, checksums?.crc32 ?? null, checksums?.sha256 ?? null],
      ...[targetEtag ?? null, versionId ?? null, run ?? null],
      ...[error?.code ?? null, error === undefined ? null : storable(error.message)],
    ]);
  }

  recordVerification(key: Key, result: VerificationResult, by?: VerifiedBy): Promise<void> {
    return this.#database.write(
      'UPDATE files SET verification = $1, verified_by = $2 WHERE key = $3',
      [result, by ?? null, key],
    );
  }

  recordRetirement(
    key: Key,
    outcome: RetirementOutcome | undefined,
    archived?: string,
  ): Promise<void> {
    return this.#database.write('UPDATE files SET retirement = $1, archived = $2 WHERE key = $3', [
      outcome ?? null,
      archived ?? null,
      key,
    ]);
  }

  recordSource(
    key: Key,
    { etag, lastModified }: Pick<FileMetadata, 'etag' | 'lastModified'>,
  ): Promise<void> {
    return this.#database.write('UPDATE files SET source_etag = $1, modified = $2 WHERE key = $3', [
      etag,
      lastModified.getTime(),
      key,
    ]);
  }

  async recordReferenced(keys: readonly Key[], referenced: boolean): Promise<void> {
    await Promise.all(
      keys.map((key) =>
        this.#database.write('UPDATE files SET referenced = $1 WHERE key = $2', [
          referenced ? 1 : 0,
          key,
        ]),
      ),
    );
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

/** Databases can't keep a NUL in a text, which those of others may have. */
function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd');
}
