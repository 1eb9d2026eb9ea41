import type { Checksums, ETag, Key, StorageErrorCode } from '@org/storage-core';
import type {
  FileRecord,
  FileState,
  RetirementOutcome,
  UnfinishedUpload,
  VerificationResult,
  VerifiedBy,
} from './file-record.js';
import type { Endpoints } from './journal.js';
import type { Control, Run, RunCounts, RunKind, RunOutcome, Sample } from './run.js';
import type { SourceLook } from './source-look.js';

/** A row as the database hands it out. Its columns' values were written by this package and are read back as such. */
export type Row = Readonly<Record<string, unknown>>;

export function text(row: Row, column: string): string {
  return String(row[column]);
}

export function optionalText(row: Row, column: string): string | undefined {
  const value = row[column];
  return value === null || value === undefined ? undefined : String(value);
}

/** PostgreSQL hands out large integers as text. */
export function number(row: Row, column: string): number {
  return Number(row[column]);
}

function optionalNumber(row: Row, column: string): number | undefined {
  return optionalText(row, column) === undefined ? undefined : number(row, column);
}

/** Without what is undefined. */
function known<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

export function endpointsOf(row: Row): Endpoints {
  const name = optionalText(row, 'disk');
  const disk = name === undefined ? undefined : known({ name, id: optionalText(row, 'disk_id') });
  return known({ source: text(row, 'source'), target: text(row, 'target'), disk }) as Endpoints;
}

export function lookOf(row: Row): SourceLook {
  const found = JSON.parse(text(row, 'found')) as Omit<SourceLook, 'at' | 'run'>;
  return { ...found, at: new Date(number(row, 'at')), run: optionalText(row, 'run') };
}

export function fileRecord(row: Row): FileRecord {
  const code = optionalText(row, 'error_code') as StorageErrorCode | undefined;
  return known({
    key: text(row, 'key') as Key,
    size: number(row, 'size'),
    sourceEtag: text(row, 'source_etag') as ETag,
    modified: new Date(number(row, 'modified')),
    state: text(row, 'state') as FileState,
    attempts: number(row, 'attempts'),
    checksums: checksums(row),
    targetEtag: optionalText(row, 'target_etag') as ETag | undefined,
    versionId: optionalText(row, 'version_id'),
    run: optionalText(row, 'run'),
    error: code && { code, message: text(row, 'error_message') },
    verification: optionalText(row, 'verification') as VerificationResult | undefined,
    verifiedBy: optionalText(row, 'verified_by') as VerifiedBy | undefined,
    retirement: optionalText(row, 'retirement') as RetirementOutcome | undefined,
    archived: optionalText(row, 'archived'),
    referenced: number(row, 'referenced') === 1,
  }) as FileRecord;
}

function checksums(row: Row): Checksums {
  return known({ crc32: optionalText(row, 'crc32'), sha256: optionalText(row, 'sha256') });
}

export function unfinishedUpload(row: Row): UnfinishedUpload {
  return known({
    key: text(row, 'key') as Key,
    uploadId: optionalText(row, 'upload_id') || undefined, // empty: about to begin
    sourceEtag: optionalText(row, 'upload_etag') as ETag | undefined,
  }) as UnfinishedUpload;
}

export function runOf(row: Row): Run {
  const ended = optionalNumber(row, 'ended');
  const counts = optionalText(row, 'counts');
  return known({
    id: text(row, 'id'),
    kind: text(row, 'kind') as RunKind,
    started: new Date(number(row, 'started')),
    ended: ended === undefined ? undefined : new Date(ended),
    outcome: text(row, 'outcome') as RunOutcome,
    counts: counts === undefined ? undefined : (JSON.parse(counts) as RunCounts),
  }) as Run;
}

export function sampleOf(row: Row): Sample {
  return {
    at: new Date(number(row, 'at')),
    files: number(row, 'files'),
    bytes: number(row, 'bytes'),
    failed: number(row, 'failed'),
    retries: number(row, 'retries'),
  };
}

/** How `auto` is written, since the column holds numbers. */
export const AUTO = 0;

export function controlOf(row: Row | undefined): Control {
  if (row === undefined) return { paused: false };
  const concurrency = optionalNumber(row, 'concurrency');
  return known({
    paused: number(row, 'paused') === 1,
    concurrency: concurrency === AUTO ? 'auto' : concurrency,
    bandwidth: optionalNumber(row, 'bandwidth'),
    rate: optionalNumber(row, 'rate'),
  }) as Control;
}
