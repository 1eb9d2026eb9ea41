import { type SweepReport, sweepTombstones } from '@org/storage-migration';
import { type Command, Option } from 'commander';
import { confirm } from '../confirm.js';
import { parseDuration } from '../duration.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { whileHeld } from '../lease.js';
import { onMigration } from '../on-migration.js';
import { runSettings, withRunOptions } from '../option.js';
import {
  BULK_EXITS,
  type BulkCommandOptions,
  bulkLines,
  exitCodeFor,
  withBulkOptions,
} from './bulk.js';
import { runOn } from './run.js';

interface SweepCommandOptions extends BulkCommandOptions {
  readonly drain: number;
}

const HELP: Help = {
  summary: 'remove the marks of deleted files from the bucket, at the very end',
  about:
    'While an application migrates, its deletes leave tombstones in the bucket: small objects that keep old files from coming back. When all ' +
    'processes are in the mode target, they are of no use any more. First it waits until every request of a migration that may have ended just ' +
    'now has ended, too. On servers that don’t delete on conditions by themselves, leave them to a lifecycle rule on the tag ' +
    'storage-tombstone=true. There is no way back to hybrid after it.',
  examples: [
    ['storage sweep /srv/uploads s3://my-uploads --stopped --dry-run', 'how many there are'],
    ['storage sweep --storage uploads --dry-run', 'the bucket and the fleet of config/storage.yml'],
    [
      'storage sweep /srv/uploads s3://my-uploads --fleet s3://app-fleet --yes',
      'beside the application, in the mode target',
    ],
  ],
  exits: BULK_EXITS,
  next: ['storage clean <directory> <s3-url>   what else is left over'],
};

const NAMES: Readonly<Record<keyof Omit<SweepReport['counts'], 'failed'>, string>> = {
  swept: 'removed',
  kept: 'files of the same size, or replaced just then: left',
  needed: 'left, since they hide a file of the directory (storage retire)',
};

export function addSweep(program: Command, finish: Finish): void {
  withHelp(withBulkOptions(withRunOptions(program.command('sweep'))), HELP)
    .addOption(
      new Option(
        '--drain <time>',
        'how long it waits before it begins; 0: the last migration ended longer ago',
      )
        .argParser(parseDuration)
        .default(900_000, '15min'),
    )
    .action(
      onMigration(async (directory, url, options: SweepCommandOptions) => {
        finish(await sweepCommand(directory, url, options));
      }, runSettings),
    );
}

async function sweepCommand(
  directory: string,
  url: string,
  options: SweepCommandOptions,
): Promise<ExitCode> {
  if (!(await confirm('Remove all tombstones?', options))) return EXIT.interrupted;
  const { dryRun, drain } = options;
  const atEnd = { allowed: ['target'], stage: 'target', task: 'sweep' } as const;
  // Tombstones are of all disks: nobody works beside it.
  const report = await whileHeld({ ...options, disk: undefined }, atEnd, (lease) =>
    runOn(directory, url, options, {
      begun: true,
      work: (context) => sweepTombstones({ ...context, cutOver: lease ?? true, drain, dryRun }),
      back: (context) => sweepTombstones({ ...context, cutOver: lease ?? true, drain, dryRun }),
      lines: (done) => bulkLines(done, NAMES),
    }),
  );
  return exitCodeFor(report);
}
