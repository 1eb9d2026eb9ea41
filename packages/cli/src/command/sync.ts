import type { StorageError } from '@org/storage-core';
import {
  type BackgroundSync,
  createBackgroundSync,
  type MigrationReport,
  type SampleSize,
  startHealthServer,
  type VerificationReport,
} from '@org/storage-migration';
import { type Command, Option } from 'commander';
import type { ConfiguredStorage } from '../configured-storage.js';
import { writeJson } from '../display.js';
import { parseDuration } from '../duration.js';
import { identified, locate, onlyThere, openSource, openTarget } from '../endpoints.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { counted, formatCount, printable } from '../format.js';
import { type Help, withHelp } from '../help.js';
import { listenForInterrupt } from '../interrupt.js';
import { holdLease } from '../lease.js';
import { type LiveOptions, liveFleet, MIGRATING, withLiveOption } from '../live-option.js';
import {
  type MetricsPathOptions,
  parsePort,
  type Watched,
  watchCommand,
  withMetricsPath,
} from '../metrics-option.js';
import { onMigration } from '../on-migration.js';
import { openJournal } from '../open-journal.js';
import { acceptSettings, withMigrationOptions, withWorkOptions } from '../option.js';
import {
  type PaceCommandOptions,
  paceOptions,
  paceSettings,
  withPaceOptions,
} from '../pace-option.js';
import { parseSample } from '../sample-option.js';
import { keepingOf, type StorageCommandOptions, withStorageOptions } from '../storage-option.js';
import {
  type WorkersCommandOptions,
  withWorkersOption,
  workersOf,
  workersSettings,
} from '../workers-option.js';
import type { RunOptions } from './run.js';

const HELP: Help = {
  summary: 'migrate unattended: again and again, at the times and speeds that it may',
  about:
    'Copies what the bucket does not have, verifies a sample, waits, and does it again until it is stopped: under systemd, in a ' +
    'container or by hand. A round that fails is made again, ever later. Windows and limits are those of storage migrate, and storage ' +
    'limit and storage pause work on it, too. With --fleet, the application may read, write and delete meanwhile.',
  examples: [
    [
      'storage sync /srv/uploads s3://my-uploads --fleet s3://fleet --window 01:00-05:00 --timezone Europe/Berlin',
      'beside an application, at night',
    ],
    [
      'storage sync --storage uploads',
      'what config/storage.yml says: stores, keys, fleet, windows',
    ],
    [
      'storage sync /srv/uploads s3://my-uploads --every 1h --sample 1% --health-port 8080',
      'each hour; GET /healthz tells how it is',
    ],
    [
      'storage sync /srv/uploads s3://my-uploads --health-port 8080 --metrics --alert-webhook https://alerts.example/hook',
      'GET /metrics for Prometheus, and a post when something is wrong',
    ],
  ],
  exits: {
    unresolved:
      'the journal or the port could not be had, or something broke that no further round could mend',
    interrupted:
      'by Ctrl-C or SIGTERM, when the files in flight were finished; the same command goes on',
  },
  next: [
    'storage status <directory> <s3-url> --watch   see it at work, from elsewhere',
    'storage gate <directory> <s3-url>             whether the directory can be given up',
  ],
};

interface SyncCommandOptions
  extends Omit<RunOptions, 'concurrency'>,
    PaceCommandOptions,
    StorageCommandOptions,
    LiveOptions,
    WorkersCommandOptions,
    MetricsPathOptions {
  /** ms. */
  readonly every: number;
  readonly sample?: SampleSize;
  readonly healthHost?: string;
}

/** Connections for files that are begun when another process sets a higher limit. */
const MOST_FILES = 128;

export function addSync(program: Command, finish: Finish): void {
  const command = withHelp(withMigrationOptions(program.command('sync')), HELP)
    .argument('[directory]', 'the directory whose files are copied; it is left as it is')
    .argument('[s3-url]', 's3://BUCKET or s3://BUCKET/PREFIX')
    .addOption(
      new Option('--every <time>', 'from the end of a round to the next')
        .argParser(parseDuration)
        .default(900_000, '15min'),
    )
    .option('--sample <files>', 'verify so many files after a round, or a share (1%)', parseSample)
    .option('--health-port <port>', 'answer GET /healthz there', parsePort)
    .option('--health-host <address>', 'for whom: 127.0.0.1 is this host only (default)');
  withMetricsPath(withStorageOptions(withWorkersOption(withPaceOptions(withLiveOption(command)))));
  withWorkOptions(command).action(
    onMigration(async (directory, url, options: SyncCommandOptions) => {
      finish(await syncCommand(directory, url, options));
    }, syncSettings),
  );
}

function syncSettings(storage: ConfiguredStorage): Partial<SyncCommandOptions> {
  return {
    ...paceSettings(storage),
    ...workersSettings(storage),
    ...acceptSettings(storage),
  };
}

async function syncCommand(
  directory: string,
  url: string,
  options: SyncCommandOptions,
): Promise<ExitCode> {
  const { accept, every, sample, json } = options;
  const fleet = liveFleet(options);
  const migration = onlyThere(locate(directory, url, options));
  await using watched = await watchCommand(directory, url, options);
  await using source = openSource(migration, options);
  const keeping = keepingOf(options);
  await using target = await openTarget(url, options, MOST_FILES, keeping);
  const workers = workersOf(migration, options, { files: MOST_FILES, keeping });
  const endpoints = identified(migration);
  await using opened = await openJournal(migration.journal, { endpoints });
  const { journal } = opened;
  process.stderr.write(`journal: ${journal.place}\n`);
  await using sync = createBackgroundSync({
    ...{ source, target, journal, accept, every, ...paceOptions(options) },
    live: fleet === undefined ? false : () => leaseOf(fleet, options),
    ...(sample === undefined ? {} : { sample }),
    ...(workers === undefined ? {} : { workers }),
    onReport: (report) => tellReport(report, json),
    onFailure: (error) => tellFailure(error, json),
  });
  await using health = await healthOf(sync, options, watched);
  if (health !== undefined) process.stderr.write(`health: ${health.url}/healthz\n`);
  using interrupt = listenForInterrupt(() => {
    process.stderr.write('finishing the files in flight\n');
    void sync.stop().catch(() => {}); // told below
  });
  await sync.ended;
  return interrupt.stop.aborted ? EXIT.interrupted : EXIT.unresolved;
}

/** For one round. */
async function leaseOf(fleet: string, options: SyncCommandOptions) {
  const held = await holdLease(fleet, options, MIGRATING);
  return {
    check: () => held.lease.check(),
    release: async () => held[Symbol.asyncDispose](),
  };
}

async function healthOf(sync: BackgroundSync, options: SyncCommandOptions, watched: Watched) {
  const { further } = watched;
  const { healthPort: port, healthHost: host } = options;
  if (port === undefined) return undefined;
  return startHealthServer(sync, { port, further, ...(host === undefined ? {} : { host }) });
}

function tellReport(report: MigrationReport | VerificationReport, json: boolean): void {
  if (json) {
    writeJson({ type: 'round', ...report });
    return;
  }
  const time = new Date().toISOString();
  const { copied, present } = report.files;
  const done =
    'examined' in report
      ? `${counted(report.examined.files, 'file')} verified: ${report.outcome}`
      : `${report.outcome}: ${counted(copied.files + present.files, 'file')} in the bucket, ${formatCount(report.unresolved)} unresolved`;
  process.stdout.write(`${time} ${done}\n`);
}

function tellFailure({ code, message }: StorageError, json: boolean): void {
  if (json) writeJson({ type: 'failure', code, message });
  else process.stdout.write(`${new Date().toISOString()} failed: ${printable(message)}\n`);
}
