import type { ETag, ListedFile } from '@org/storage-core';
import { parseKey } from '@org/storage-core';
import type { FileResult, Journal, RunKind, RunOutcome, Sample } from '../../src/index.js';

export interface GivenFile {
  readonly key: string;
  readonly size?: number;
  readonly result?: FileResult;
}

const listed = ({ key, size = 1 }: GivenFile): ListedFile => ({
  type: 'file',
  key: parseKey(key),
  size,
  etag: 'e' as ETag,
  lastModified: new Date(0),
});

/** Lets the journal see files, and what became of them. */
export async function withFiles(journal: Journal, files: readonly GivenFile[]): Promise<void> {
  await journal.startScan();
  await journal.recordSeen(files.map(listed));
  await journal.endScan();
  await Promise.all(
    files.map(async ({ key, result }) => {
      if (result !== undefined) await journal.recordResult(parseKey(key), result);
    }),
  );
}

export const copied: FileResult = { state: 'copied', attempts: 1 };

export const failed = (code: 'AccessDenied' | 'Timeout', message = 'no'): FileResult => ({
  state: 'failed',
  attempts: 5,
  error: { code, message },
});

/** A run with samples that were taken so many seconds after its start. */
export async function withRun(
  journal: Journal,
  kind: RunKind,
  samples: readonly (Omit<Sample, 'at'> & { readonly second: number })[],
  outcome?: Exclude<RunOutcome, 'running'>,
) {
  const run = await journal.startRun(kind);
  for (const { second, ...sample } of samples) {
    const at = new Date(run.started.getTime() + second * 1000);
    await journal.recordSample(run.id, { at, ...sample });
  }
  if (outcome !== undefined) await journal.endRun(run.id, outcome);
  return run;
}
