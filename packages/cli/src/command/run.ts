import type { SkipReason } from '@org/storage-core';
import type { LocalStorageProvider } from '@org/storage-local';
import { type Count, type EventListener, type Journal, Progress } from '@org/storage-migration';
import type { S3StorageProvider } from '@org/storage-s3';
import { openDisplay, writeJson } from '../display.js';
import {
  type EndpointOptions,
  identified,
  type Keeping,
  locate,
  onlyThere,
  openSource,
  openTarget,
} from '../endpoints.js';
import { listenForInterrupt } from '../interrupt.js';
import { openJournal } from '../open-journal.js';

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

/** The same on the way back. */
interface BackContext extends Omit<RunContext, 'source' | 'target'> {
  readonly source: S3StorageProvider;
  readonly target: LocalStorageProvider;
}

interface RunPlan<Report> {
  /** `share`: the journal is one that others work with as well. Default `work`. */
  readonly access?: 'work' | 'share';
  /** Whether there has to be a journal already. Default `false`. */
  readonly begun?: boolean;
  /** How much there is to do, where the journal knows it. */
  readonly total?: (journal: Journal) => Promise<Count>;
  /** Where the directory's files are put aside, if not in it. */
  readonly archive?: string;
  /** How the bucket keeps what is written. */
  readonly keeping?: Keeping;
  readonly work: (context: RunContext) => Promise<Report>;
  /** From a bucket to a directory. Default: that is refused. */
  readonly back?: (context: BackContext) => Promise<Report>;
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
  const found = locate(directory, url, options);
  const { back } = plan;
  const migration = back === undefined ? onlyThere(found) : found;
  await using files = openSource(migration, options, plan.archive);
  await using bucket = await openTarget(migration.url, options, concurrency, plan.keeping);
  const endpoints = identified(migration);
  await using opened = await openJournal(migration.journal, {
    ...{ endpoints, begun: plan.begun, access: plan.access ?? 'work' },
  });
  const { journal } = opened;
  if (!json) process.stderr.write(`journal: ${journal.place}\n`);
  const progress = new Progress(await plan.total?.(journal));
  const display = openDisplay(progress, { accept, json, shared: plan.access === 'share' });
  using interrupt = listenForInterrupt(() => {
    display.note('finishing the files in flight; once more to stop at once');
  });
  const { stop, abort: signal } = interrupt;
  const onEvent: EventListener = (event) => {
    progress.record(event);
    display.record(event);
  };
  const how = { journal, concurrency, accept, stop, signal, onEvent };
  const work = async () =>
    migration.direction === 'back' && back !== undefined
      ? back({ ...how, source: bucket, target: files })
      : plan.work({ ...how, source: files, target: bucket });
  const report = await work().finally(() => display.close());
  if (json) writeJson({ type: 'report', ...report });
  else process.stdout.write(`${plan.lines(report).join('\n')}\n`);
  return report;
}
