import { isStorageError, StorageError } from '@org/storage-core';
import {
  type FailureBudget,
  isSharedJournal,
  type MigrationReport,
  migrate,
  migrateTogether,
} from '@org/storage-migration';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type BackOptions,
  holdForTheWayBack,
  openAdoption,
  refuseOnTheWayBack,
  withBackOptions,
} from '../back-option.js';
import type { ConfiguredStorage } from '../configured-storage.js';
import { locate } from '../endpoints.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { formatCount, formatFiles, formatSeconds } from '../format.js';
import { forgetFoundEmpty, wasFoundEmpty } from '../found-empty.js';
import { type Help, withHelp } from '../help.js';
import { holdLease } from '../lease.js';
import { type LiveOptions, liveFleet, MIGRATING, withLiveOption } from '../live-option.js';
import { type MetricsPortOptions, watchRun, withMetricsPort } from '../metrics-option.js';
import { onMigration } from '../on-migration.js';
import { acceptSettings, withMigrationOptions, withWorkOptions } from '../option.js';
import {
  type PaceCommandOptions,
  paceOptions,
  paceSettings,
  withPaceOptions,
} from '../pace-option.js';
import {
  type SelectionCommandOptions,
  selectionOf,
  selectionSettings,
  withSelectionOptions,
} from '../selection-option.js';
import { missingLines, statusLines } from '../status-lines.js';
import { keepingOf, type StorageCommandOptions, withStorageOptions } from '../storage-option.js';
import {
  type WorkersCommandOptions,
  withWorkersOption,
  workersOf,
  workersSettings,
} from '../workers-option.js';
import { dryRunOf } from './dry-run.js';
import { type RunOptions, runOn } from './run.js';

const CODES: Readonly<Record<MigrationReport['outcome'], ExitCode>> = {
  complete: EXIT.done,
  incomplete: EXIT.unresolved,
  stopped: EXIT.unresolved,
  interrupted: EXIT.interrupted,
};

const HELP: Help = {
  summary: 'copy what the bucket does not have; run it again to go on',
  about:
    'Copies every file of a directory that the bucket does not have, each by a write that can’t replace anything, and keeps a ' +
    'journal of it. The directory is left as it is. Interrupted, killed or failed in part, the same command goes on where it was.',
  examples: [
    [
      'storage migrate /srv/uploads s3://my-uploads/files --region eu-central-1',
      'begin, or go on where it stopped',
    ],
    [
      'storage migrate --storage uploads',
      'what config/storage.yml says: stores, keys, fleet, limits',
    ],
    [
      'storage migrate /srv/uploads s3://my-uploads --endpoint http://localhost:9000',
      'to an S3-compatible server',
    ],
    [
      'storage migrate /srv/uploads s3://my-uploads --fleet sqlite:fleet.sqlite',
      'beside an application that works on both, in the mode hybrid',
    ],
    ['storage migrate /srv/uploads s3://my-uploads --dry-run', 'what would be copied'],
    ['storage migrate /srv/uploads s3://my-uploads --window 22:00-05:30', 'at night only'],
    [
      'storage migrate /srv/uploads s3://my-uploads --workers auto',
      'by as many processes as there are processors: for many small files',
    ],
    [
      'storage migrate /srv/uploads s3://my-uploads --missing',
      'once more what storage verify has found missing from the bucket',
    ],
    [
      'storage migrate s3://my-uploads /srv/uploads-back --adopt /srv/uploads',
      'back from the bucket to a new, empty directory',
    ],
    [
      'storage migrate /mnt/uploads s3://my-uploads --journal postgres://db/app --together',
      'on several hosts that see the same directory: the same command on each',
    ],
  ],
  exits: {
    done: 'every selected file is in the bucket; or, in a dry run, it was told',
    unresolved: 'some selected files are not; or too many failed, and it stopped',
    refused:
      'the bucket ignores preconditions, so that a copy could overwrite; or a process of the application is not in the mode hybrid yet',
    interrupted: 'by Ctrl-C or SIGTERM; the same command goes on',
  },
  next: [
    'storage status <directory> <s3-url> --watch   see it at work, from elsewhere',
    'storage limit <directory> <s3-url>            make it slower or faster',
    'storage verify <directory> <s3-url>           when it is complete',
  ],
};

interface MigrateCommandOptions
  extends Omit<RunOptions, 'concurrency'>,
    PaceCommandOptions,
    SelectionCommandOptions,
    StorageCommandOptions,
    MetricsPortOptions,
    WorkersCommandOptions,
    BackOptions,
    LiveOptions {
  readonly maxFailures?: FailureBudget;
  readonly dryRun: boolean;
  readonly together: boolean;
  readonly missing: boolean;
}

/** Connections for files that are begun when another process sets a higher limit. */
const MOST_FILES = 128;

export function addMigrate(program: Command, finish: Finish): void {
  const command = withHelp(withMigrationOptions(program.command('migrate')), HELP)
    .argument('[directory]', 'the directory whose files are copied; it is left as it is')
    .argument('[s3-url]', 's3://BUCKET or s3://BUCKET/PREFIX')
    .option('--dry-run', 'tell what would be copied, and write nothing anywhere', false)
    .option(
      '--together',
      'divide the files with all others that run the same command, on hosts that see the same directory; limits are each one’s own; needs a journal at postgres://…, and the package pg-boss',
      false,
    )
    .option(
      '--missing',
      'copy again what the last storage verify has found missing from the target, and the source still has; not where an application may have deleted it in the target by itself: it would come back',
      false,
    );
  withBackOptions(
    withStorageOptions(
      withWorkersOption(withPaceOptions(withSelectionOptions(withLiveOption(command)))),
    ),
  ).option(
    '--max-failures <files>',
    'how many files may fail, or which share of all (5%), before it stops (default: any number)',
    parseFailures,
  );
  withWorkOptions(withMetricsPort(command)).action(
    onMigration(
      async (directory, url, options: MigrateCommandOptions) => {
        finish(await migrateCommand(directory, url, options));
      },
      (storage) => ({
        ...paceSettings(storage),
        ...selectionSettings(storage),
        ...workersSettings(storage),
        ...acceptSettings(storage),
        ...failureSettings(storage),
      }),
    ),
  );
}

async function migrateCommand(
  directory: string,
  url: string,
  options: MigrateCommandOptions,
): Promise<ExitCode> {
  const select = selectionOf(options);
  const keeping = keepingOf(options);
  if (options.dryRun) return dryRunOf(directory, url, { ...options, select });
  const { order, maxFailures: failureBudget, together, missing } = options;
  const fleet = liveFleet(options);
  const migration = locate(directory, url, options);
  const back = migration.direction === 'back';
  if (back)
    refuseOnTheWayBack({
      ...{ '--workers': options.workers > 1, '--together': together },
      ...{ '--storage-class': keeping.storageClass, '--sse': keeping.encryption },
    });
  if (together && options.disk !== undefined) throw onlyHere(options.disk);
  const workers = workersOf(migration, options, { files: MOST_FILES, keeping });
  const how = {
    ...{ ...paceOptions(options), select, order, missing },
    ...(workers === undefined ? {} : { workers }),
    ...(failureBudget === undefined ? {} : { failureBudget }),
  };
  const hold = (group?: string) => {
    if (fleet === undefined) return undefined;
    if (back) return holdForTheWayBack(fleet, options);
    return holdLease(fleet, { ...options, group }, MIGRATING);
  };
  await using _watched = await watchRun(directory, url, options);
  await using alone = together ? undefined : await hold();
  const { outcome } = await runOn(
    directory,
    url,
    { ...options, concurrency: MOST_FILES },
    {
      keeping,
      access: together ? 'share' : 'work',
      work: async (context) => {
        const { journal } = context;
        if (!isSharedJournal(journal))
          return migrate({ ...context, ...how, live: alone?.lease ?? false });
        await using held = await hold(journal.group);
        return await migrateTogether({ ...context, ...how, journal, live: held?.lease ?? false });
      },
      back: async (context) => {
        await using adoption = await openAdoption(context.target, directory, options);
        const { adopt } = adoption;
        const { directory: root } = migration;
        try {
          return await migrate({
            ...{ ...context, ...how, live: alone?.lease ?? false },
            knownFiles: options.knownFiles || wasFoundEmpty(root),
            ...(adopt === undefined ? {} : { adopt }),
          });
        } catch (error) {
          throw namingTheOption(error);
        } finally {
          if ((await context.journal.runs(1)).length > 0) forgetFoundEmpty(root);
        }
      },
      lines,
    },
  );
  return CODES[outcome];
}

/** The library says what is to be said, and not how it is said here. */
function namingTheOption(error: unknown): unknown {
  if (!isStorageError(error, 'Conflict') || error.operation !== 'requireNewDirectory') return error;
  const { message, retryable, operation } = error;
  return new StorageError('Conflict', `${message}: --known-files`, {
    ...{ cause: error, retryable, operation },
  });
}

function onlyHere(disk: string): StorageError {
  return new StorageError(
    'InvalidArgument',
    `the disk ${disk} (--disk) is one that only this host sees, so that there is nobody to divide its files with: leave out --together, or, ` +
      'where several hosts see the directory, --disk and STORAGE_DISK',
  );
}

function failureSettings({ settings }: ConfiguredStorage): Partial<MigrateCommandOptions> {
  const { maxFailures } = settings;
  return maxFailures === undefined ? {} : { maxFailures };
}

function parseFailures(text: string): FailureBudget {
  const [, count, percent] = /^(\d+)(%)?$/.exec(text) ?? [];
  const failures = percent === undefined ? Number(count) : { share: Number(count) / 100 };
  if (count === undefined || (typeof failures === 'object' && failures.share > 1))
    throw new InvalidArgumentError('It takes a number of files, or a share such as 5%.');
  return failures;
}

function lines(report: MigrationReport): string[] {
  const { notSelected, unresolved } = report;
  const time = formatSeconds(report.duration / 1000);
  const left = formatFiles(notSelected);
  const some = notSelected.files > 0;
  const closing: Readonly<Record<MigrationReport['outcome'], string>> = {
    complete: some
      ? `Complete after ${time}, as far as selected. Next: storage migrate without the selection`
      : `Complete after ${time}. Next: storage verify`,
    incomplete:
      `Incomplete after ${time}: ${formatCount(unresolved - notSelected.files)} unresolved. ` +
      'storage status --problems lists them; the same command tries again',
    interrupted: `Interrupted after ${time}. The same command goes on from here`,
    stopped:
      `Stopped after ${time}: ${report.reason?.message.replace(/\.$/, '')}. ` +
      'The same command goes on from here',
  };
  return [
    ...statusLines(report),
    ...missingLines(report),
    ...(some ? [`not selected, of what is to do: ${left}`] : []),
    closing[report.outcome],
  ];
}
