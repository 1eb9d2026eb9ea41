import { type RevertReport, revertRun } from '@org/storage-migration';
import { type Command, Option } from 'commander';
import { confirm } from '../confirm.js';
import { openDisks } from '../disks.js';
import { parseDuration } from '../duration.js';
import { locate } from '../endpoints.js';
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

interface RevertCommandOptions extends BulkCommandOptions {
  readonly run: string;
  readonly archive?: string;
  readonly drain: number;
}

const HELP: Help = {
  summary: 'take back what a run has copied',
  about:
    'Gives the directory its files back, waits until every request that may have missed them has ended, and deletes the copies that are ' +
    'still what the run has made of them, the newest first. What the application has written or deleted since stays. All processes have to be ' +
    'in the mode prepare, or none may run; the bucket’s server has to delete on conditions by itself, unless none runs.',
  examples: [
    ['storage report /srv/uploads s3://my-uploads', 'the runs, with their ids'],
    [
      'storage revert /srv/uploads s3://my-uploads --run 3f8c… --fleet s3://app-fleet --dry-run',
      'what would be taken back',
    ],
    [
      'storage revert /srv/uploads s3://my-uploads --run 3f8c… --stopped --yes',
      'with the application stopped, without a wait',
    ],
  ],
  exits: BULK_EXITS,
  next: [
    'storage mode source --fleet <registry>   when everything is back',
    'storage migrate <directory> <s3-url>     once more, from the beginning',
  ],
};

const NAMES: Readonly<Record<keyof Omit<RevertReport['counts'], 'failed'>, string>> = {
  reverted: 'taken back',
  superseded: 'replaced or deleted by the application since, and left',
};

export function addRevert(program: Command, finish: Finish): void {
  withHelp(withBulkOptions(withRunOptions(program.command('revert'))), HELP)
    .requiredOption('--run <id>', 'the run whose copies are taken back')
    .option('--archive <directory>', 'where storage retire has put the files, as it was told')
    .addOption(
      new Option(
        '--drain <time>',
        'the longest that a request of the application may take: 90s, 15min',
      )
        .argParser(parseDuration)
        .default(900_000, '15min'),
    )
    .action(
      onMigration(async (directory, url, options: RevertCommandOptions) => {
        finish(await revertCommand(directory, url, options));
      }, runSettings),
    );
}

async function revertCommand(
  directory: string,
  url: string,
  options: RevertCommandOptions,
): Promise<ExitCode> {
  const { dryRun, archive, run, drain } = options;
  if (!(await confirm(`Take back what the run ${run} has copied?`, options)))
    return EXIT.interrupted;
  await using others = await openDisks(locate(directory, url, options));
  const disks = others.disks?.journals;
  // Held in the stage source, the lease keeps every process from going on to hybrid.
  const prepared = { allowed: ['prepare'], stage: 'source', task: 'revert' } as const;
  const report = await whileHeld(options, prepared, (lease) =>
    runOn(directory, url, options, {
      begun: true,
      ...(archive === undefined ? {} : { archive }),
      work: ({ source, ...context }) =>
        revertRun({
          ...{ ...context, source, dryRun, run, drain, disks, archive: source.trash },
          ...(lease === undefined ? { applicationStopped: true } : { handedBack: lease }),
        }),
      back: (context) =>
        revertRun({
          ...{ ...context, dryRun, run, drain },
          ...(lease === undefined ? { applicationStopped: true } : { handedBack: lease }),
        }),
      lines: (done) => bulkLines(done, NAMES),
    }),
  );
  return exitCodeFor(report);
}
