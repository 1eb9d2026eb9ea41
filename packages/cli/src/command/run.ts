import type { SkipReason } from '@org/storage-core';
import type { LocalStorageProvider } from '@org/storage-local';
import {
  type Count,
  type EventListener,
  type Journal,
  openSqliteJournal,
  Progress,
} from '@org/storage-migration';
import type { S3StorageProvider } from '@org/storage-s3';
import { openDisplay, writeJson } from '../display.js';
import {
  type EndpointOptions,
  type Keeping,
  locate,
  type Migration,
  openSource,
  openTarget,
} from '../endpoints.js';
import { listenForInterrupt } from '../interrupt.js';

/** Options of the commands that work through a migration's files. */
export interface RunOptions extends EndpointOptions {
  readonly concurrency: number;
  readonly accept: readonly SkipReason[];
  readonly json: boolean;
}

/** What such a command works with. */
interface RunContext {
  readonly source: LocalStorageProvider;
  readonly target: S3StorageProvider;
  readonly journal: Journal;
  readonly concurrency: number;
  readonly accept: readonly SkipReason[];
  readonly stop: AbortSignal;
  readonly signal: AbortSignal;
  readonly onEvent: EventListener;
}

interface RunPlan<Report> {
  /** Before anything is opened. */
  readonly check?: (migration: Migration) => void;
  /** How much there is to do, where the journal knows it. */
  readonly total?: (journal: Journal) => Promise<Count>;
  /** Where the directory's files are put aside, if not in it. */
  readonly archive?: string;
  /** How the bucket keeps what is written. */
  readonly keeping?: Keeping;
  readonly work: (context: RunContext) => Promise<Report>;
  readonly lines: (report: Report) => string[];
}

/** Opens source, target and journal, shows the progress, heeds SIGINT, prints the report, closes all. */
export async function runOn<Report>(
  directory: string,
  url: string,
  options: RunOptions,
  plan: RunPlan<Report>,
): Promise<Report> {
  const { concurrency, accept, json } = options;
  const migration = locate(directory, url, options);
  plan.check?.(migration);
  await using source = openSource(migration, plan.archive);
  await using target = openTarget(url, options, concurrency, plan.keeping);
  const { journal: file, source: from, target: to } = migration;
  const journal = await openSqliteJournal({ file, endpoints: { source: from, target: to } });
  try {
    if (!json) process.stderr.write(`journal: ${journal.place}\n`);
    const progress = new Progress(await plan.total?.(journal));
    const display = openDisplay(progress, options);
    using interrupt = listenForInterrupt(() => {
      display.note('finishing the files in flight; once more to stop at once');
    });
    const { stop, abort: signal } = interrupt;
    const onEvent: EventListener = (event) => {
      progress.record(event);
      display.record(event);
    };
    const report = await plan
      .work({ source, target, journal, concurrency, accept, stop, signal, onEvent })
      .finally(() => display.close());
    if (json) writeJson({ type: 'report', ...report });
    else process.stdout.write(`${plan.lines(report).join('\n')}\n`);
    return report;
  } finally {
    await journal.close();
  }
}
