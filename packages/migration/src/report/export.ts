import { filesIn } from '../journal/file-pages.js';
import type { FileRecord, FileState } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import { csvRecord } from './csv.js';

type Value = string | number | boolean | undefined;

/** The columns of an export in their order. `size` is in bytes, `modified` in ISO 8601; checksums are in hexadecimal. */
const COLUMNS: Readonly<Record<string, (file: FileRecord) => Value>> = {
  key: ({ key }) => key,
  size: ({ size }) => size,
  modified: ({ modified }) => modified.toISOString(),
  state: ({ state }) => state,
  attempts: ({ attempts }) => attempts,
  sourceEtag: ({ sourceEtag }) => sourceEtag,
  targetEtag: ({ targetEtag }) => targetEtag,
  versionId: ({ versionId }) => versionId,
  crc32: ({ checksums }) => checksums.crc32,
  sha256: ({ checksums }) => checksums.sha256,
  run: ({ run }) => run,
  errorCode: ({ error }) => error?.code,
  errorMessage: ({ error }) => error?.message,
  verification: ({ verification }) => verification,
  verifiedBy: ({ verifiedBy }) => verifiedBy,
  retirement: ({ retirement }) => retirement,
  archived: ({ archived }) => archived,
  referenced: ({ referenced }) => referenced,
};

export const EXPORT_COLUMNS: readonly string[] = Object.keys(COLUMNS);

export interface ExportOptions {
  /**
   * `jsonl`: an object a line, exact, without what is not known · `csv`: RFC 4180 with a header line, for spreadsheets: text that
   * they would take for a formula has an apostrophe before it.
   */
  readonly format: 'jsonl' | 'csv';
  /** Only files in these states; default all. */
  readonly states?: readonly FileState[];
}

/** Characters of a piece, about. */
const PIECE = 32_768;

/** The journal's files as text, in pieces of whole lines, in the order of their keys. Nothing is read ahead of what is taken. */
export async function* exportFiles(
  journal: Journal,
  { format, states }: ExportOptions,
): AsyncGenerator<string, void, undefined> {
  const line = format === 'csv' ? csvLine : jsonLine;
  let piece = format === 'csv' ? csvRecord(EXPORT_COLUMNS) : '';
  for await (const file of filesIn(journal, states === undefined ? {} : { states })) {
    piece += line(file);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function csvLine(file: FileRecord): string {
  return csvRecord(Object.values(COLUMNS).map((value) => value(file)));
}

function jsonLine(file: FileRecord): string {
  const entries = Object.entries(COLUMNS).map(([name, value]) => [name, value(file)]);
  return `${JSON.stringify(Object.fromEntries(entries))}\n`;
}
