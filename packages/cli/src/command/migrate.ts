import { type FailureBudget, type MigrationReport, migrate } from '@org/storage-migration';
import { type Command, InvalidArgumentError } from 'commander';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { formatBytes, formatCount, formatSeconds } from '../format.js';
import { type Help, withHelp } from '../help.js';
import { holdLease } from '../lease.js';
import { SETTLED, withLiveOption } from '../live-option.js';
import { withEndpointOptions, withWorkOptions } from '../option.js';
import { type PaceCommandOptions, paceOptions, withPaceOptions } from '../pace-option.js';
import {
  type SelectionCommandOptions,
  selectionOf,
  withSelectionOptions,
} from '../selection-option.js';
import { statusLines } from '../status-lines.js';
import { keepingOf, type StorageCommandOptions, withStorageOptions } from '../storage-option.js';
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
      'storage migrate /srv/uploads s3://my-uploads --endpoint http://localhost:9000',
      'to an S3-compatible server',
    ],
    [
      'storage migrate /srv/uploads s3://my-uploads --fleet sqlite:fleet.sqlite',
      'beside an application that works on both, in the mode hybrid',
    ],
    ['storage migrate /srv/uploads s3://my-uploads --dry-run', 'what would be copied'],
    ['storage migrate /srv/uploads s3://my-uploads --window 22:00-05:30', 'at night only'],
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
    StorageCommandOptions {
  readonly fleet?: string;
  readonly maxFailures?: FailureBudget;
  readonly dryRun: boolean;
}

/** Connections for files that are begun when another process sets a higher limit. */
const MOST_FILES = 128;

export function addMigrate(program: Command, finish: Finish): void {
  const command = withHelp(withEndpointOptions(program.command('migrate')), HELP)
    .argument('<directory>', 'the directory whose files are copied; it is left as it is')
    .argument('<s3-url>', 's3://BUCKET or s3://BUCKET/PREFIX')
    .option('--dry-run', 'tell what would be copied, and write nothing anywhere', false);
  withStorageOptions(withPaceOptions(withSelectionOptions(withLiveOption(command)))).option(
    '--max-failures <files>',
    'how many files may fail, or which share of all (5%), before it stops (default: any number)',
    parseFailures,
  );
  withWorkOptions(command).action(
    async (directory: string, url: string, options: MigrateCommandOptions) => {
      finish(await migrateCommand(directory, url, options));
    },
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
  const { order, maxFailures: failureBudget } = options;
  const pace = paceOptions(options);
  const { fleet } = options;
  await using held = fleet === undefined ? undefined : await holdLease(fleet, options, SETTLED);
  const { outcome } = await runOn(
    directory,
    url,
    { ...options, concurrency: MOST_FILES },
    {
      keeping,
      work: (context) =>
        migrate({
          ...context,
          ...pace,
          live: held?.lease ?? false,
          select,
          order,
          ...(failureBudget === undefined ? {} : { failureBudget }),
        }),
      lines,
    },
  );
  return CODES[outcome];
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
  const left = `${formatCount(notSelected.files)} files, ${formatBytes(notSelected.bytes)}`;
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
    ...(some ? [`not selected, of what is to do: ${left}`] : []),
    closing[report.outcome],
  ];
}
