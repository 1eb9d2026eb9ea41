import type { Checksums, ETag, Key, StorageErrorCode } from '@org/storage-core';
import type { FileRecord, FileState, Run, RunOutcome, VerificationResult } from './journal.js';

/** A row as SQLite hands it out. Its columns' values were written by this package and are read back as such. */
export type Row = Readonly<Record<string, unknown>>;

export function text(row: Row, column: string): string {
  return String(row[column]);
}

export function optionalText(row: Row, column: string): string | undefined {
  const value = row[column];
  return value === null || value === undefined ? undefined : String(value);
}

export function number(row: Row, column: string): number {
  return Number(row[column]);
}

export function fileRecord(row: Row): FileRecord {
  const targetEtag = optionalText(row, 'target_etag');
  const versionId = optionalText(row, 'version_id');
  const code = optionalText(row, 'error_code');
  const verification = optionalText(row, 'verification');
  return {
    key: text(row, 'key') as Key,
    size: number(row, 'size'),
    sourceEtag: text(row, 'source_etag') as ETag,
    state: text(row, 'state') as FileState,
    attempts: number(row, 'attempts'),
    checksums: checksums(row),
    ...(targetEtag === undefined ? {} : { targetEtag: targetEtag as ETag }),
    ...(versionId === undefined ? {} : { versionId }),
    ...(code === undefined
      ? {}
      : { error: { code: code as StorageErrorCode, message: text(row, 'error_message') } }),
    ...(verification === undefined ? {} : { verification: verification as VerificationResult }),
  };
}

function checksums(row: Row): Checksums {
  const crc32 = optionalText(row, 'crc32');
  const sha256 = optionalText(row, 'sha256');
  return {
    ...(crc32 === undefined ? {} : { crc32 }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

export function runOf(row: Row): Run {
  const ended = row['ended'];
  return {
    id: text(row, 'id'),
    started: new Date(number(row, 'started')),
    ...(typeof ended === 'number' ? { ended: new Date(ended) } : {}),
    outcome: text(row, 'outcome') as RunOutcome,
  };
}
