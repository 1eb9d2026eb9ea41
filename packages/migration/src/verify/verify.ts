import type { StorageError, StorageProvider } from '@org/storage-core';
import { type BulkOptions, bulkRun } from '../bulk-run.js';
import type { VerificationOutcome } from '../event.js';
import { filesIn } from '../journal/file-pages.js';
import { type FileRecord, RESOLVED } from '../journal/file-record.js';
import type { Count, Journal } from '../journal/journal.js';
import { type MigrationStatus, migrationStatus, type StatusOptions } from '../report/status.js';
import { sharedSignal } from '../shared-signal.js';
import { examine, type Finding } from './examine.js';
import { drawSample, type Sample, type SampleOptions } from './sample.js';

export interface VerifyOptions extends StatusOptions, Omit<BulkOptions, 'dryRun'> {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  /** Read every file back and hash it. Default `false`: the checksums that the server keeps are compared. */
  readonly full?: boolean;
  /** Only some files, picked at random. Default: all. */
  readonly sample?: SampleOptions;
  /**
   * Whether an application works on both stores meanwhile, through a `HybridStorageProvider`: then what it has written or deleted
   * in the target since is no fault. Default `false`.
   */
  readonly live?: boolean;
  /**
   * Whether the processes of the application are in the mode `target`: there they delete without a mark. A file that was retired, and
   * is in neither store, is then `unknowable`, and no fault: whether it was deleted or lost can't be told. Implies `live`. Default
   * `false`: it is `missing`.
   */
  readonly cutOver?: boolean;
}

export interface VerificationReport extends MigrationStatus {
  readonly runId: string;
  /**
   * `verified` every file was found whole, and, unless only a sample was looked at, none is unresolved · `failed` not so ·
   * `interrupted` by `stop` · `stopped` at the failure limit.
   */
  readonly outcome: 'verified' | 'failed' | 'interrupted' | 'stopped';
  /** Why it was stopped. */
  readonly reason?: StorageError;
  /** Files by what this verification found. */
  readonly results: Readonly<Record<VerificationOutcome, number>>;
  /** What was looked at, and what of that was found whole in the target. */
  readonly examined: Count;
  readonly whole: Count;
  /** Files whose bytes were read back: all with `full`, else those of which the server keeps no checksum. */
  readonly readBack: number;
  /** The seed of the sample, if it was one. */
  readonly seed?: number;
  /** Milliseconds. */
  readonly duration: number;
}

type Result = Exclude<VerificationOutcome, 'failed'>;

const RESULTS: readonly Result[] = [
  ...(['ok', 'missing', 'different', 'changed', 'removed'] as const),
  ...(['superseded', 'deleted', 'unknowable'] as const),
];

/** Results with which the target holds the file. */
const WHOLE: readonly Result[] = ['ok', 'removed', 'changed'];

/**
 * Compares files that were migrated with what the target holds now: their size, checksums and, while the source has them, their
 * metadata; and the source with what was read. Changes nothing but the journal.
 */
export async function verify(given: VerifyOptions): Promise<VerificationReport> {
  const signal = sharedSignal(given.signal);
  const options = { ...given, ...(signal === undefined ? {} : { signal }) };
  const { journal, full = false, cutOver = false, live = false } = options;
  const add = (to: Count, { size }: FileRecord): Count => ({
    files: to.files + 1,
    bytes: to.bytes + size,
  });
  let examined: Count = { files: 0, bytes: 0 };
  let whole: Count = { files: 0, bytes: 0 };
  let readBack = 0;
  let sample: Sample | undefined;
  const report = await bulkRun<Result>(options, {
    kind: 'verify',
    outcomes: RESULTS,
    problems: ['missing', 'different', 'changed'],
    event: ({ key, size }, { outcome: result, message }) => ({
      ...{ type: 'verified', key, size, result },
      ...(message === undefined ? {} : { message }),
    }),
    async work(run) {
      if (options.sample !== undefined)
        sample = await drawSample(journal, RESOLVED, options.sample, run.stop);
      await run.each(
        (stop) => chosen(journal, sample, stop),
        async (file) => {
          const finding = await examine(file, {
            ...options,
            full,
            live: live || cutOver,
            cutOver,
            signal,
          });
          return {
            outcome: finding.result,
            message: finding.message,
            async record() {
              await recordFinding(journal, file, finding);
              examined = add(examined, file);
              if (WHOLE.includes(finding.result)) whole = add(whole, file);
              if (finding.readBack) readBack++;
            },
          };
        },
      );
    },
  });
  const { runId = '', outcome, reason, counts: results, duration } = report;
  const status = await migrationStatus(journal, options);
  const clean = outcome === 'complete' && (sample !== undefined || status.unresolved === 0);
  const ended = outcome === 'interrupted' || outcome === 'stopped';
  return {
    ...status,
    ...{ runId, results, examined, whole, readBack, duration },
    outcome: ended ? outcome : clean ? 'verified' : 'failed',
    ...(reason === undefined ? {} : { reason }),
    ...(sample === undefined ? {} : { seed: sample.seed }),
  };
}

async function* chosen(
  journal: Journal,
  sample: Sample | undefined,
  stop: AbortSignal,
): AsyncGenerator<FileRecord> {
  for await (const file of filesIn(journal, { states: RESOLVED }, stop))
    if (sample?.has(file.key) ?? true) yield file;
}

async function recordFinding(
  journal: Journal,
  { key, attempts }: FileRecord,
  { result, readBack = false }: Finding,
): Promise<void> {
  if (result === 'unknowable') return; // what was found when it could be told stays
  if (result === 'superseded' || result === 'deleted')
    await journal.recordResult(key, { state: result, attempts });
  else await journal.recordVerification(key, result, readBack ? 'content' : 'checksum');
}
