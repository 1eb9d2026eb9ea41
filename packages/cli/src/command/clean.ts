import { type CleanReport, clean } from '@org/storage-migration';
import { type Command, Option } from 'commander';
import { confirm } from '../confirm.js';
import { parseDuration } from '../duration.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { formatCount } from '../format.js';
import { type Help, withHelp } from '../help.js';
import { onMigration } from '../on-migration.js';
import { runSettings, withRunOptions } from '../option.js';
import { BULK_EXITS, bulkLines, exitCodeFor } from './bulk.js';
import { type RunOptions, runOn } from './run.js';

interface CleanCommandOptions extends RunOptions {
  readonly uploadsOlder: number;
  readonly archivesOlder?: number;
  readonly archive?: string;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

const { refused: _, ...EXITS } = BULK_EXITS;

const HELP: Help = {
  summary: 'remove unfinished uploads, staging files and, if asked to, old archives',
  about:
    'Removes what killed processes and clients that never came back have left: uploads in parts that were never completed, which cost money and ' +
    'are in no listing, and staging files in the directory. Archived files are removed only with --archives-older. No file of the bucket ' +
    'or the directory is touched.',
  examples: [
    ['storage clean /srv/uploads s3://my-uploads --dry-run', 'what is left over'],
    ['storage clean --storage uploads --dry-run', 'the migration of config/storage.yml'],
    [
      'storage clean /srv/uploads s3://my-uploads --archives-older 30d --yes',
      'retired files, too, that nobody missed for a month',
    ],
  ],
  exits: EXITS,
  next: ['storage status <directory> <s3-url>   where the migration stands'],
};

const NAMES: Readonly<Record<keyof Omit<CleanReport['counts'], 'failed'>, string>> = {
  aborted: 'unfinished uploads removed',
  kept: 'unfinished uploads that may be under way, left',
};

export function addClean(program: Command, finish: Finish): void {
  withHelp(withRunOptions(program.command('clean')), HELP)
    .argument('[directory]', 'the directory that was migrated')
    .argument('[s3-url]', 'where it was migrated to')
    .addOption(
      new Option(
        '--uploads-older <time>',
        'unfinished uploads begun so long ago, longer than any takes: 12h, 7d',
      )
        .argParser(parseDuration)
        .default(7 * 86_400_000, '7d'),
    )
    .option('--archives-older <time>', 'archived files put aside so long ago: 30d', parseDuration)
    .option('--archive <directory>', 'where storage retire has put them, as it was told')
    .option('--dry-run', 'tell what would be done, and do nothing', false)
    .option('--yes', 'don’t ask', false)
    .action(
      onMigration(async (directory, url, options: CleanCommandOptions) => {
        finish(await cleanCommand(directory, url, options));
      }, runSettings),
    );
}

async function cleanCommand(
  directory: string,
  url: string,
  options: CleanCommandOptions,
): Promise<ExitCode> {
  const { dryRun, uploadsOlder: uploadsOlderThan, archivesOlder: olderThan, archive } = options;
  const more = olderThan === undefined ? '' : ', and old archived files for good';
  if (!(await confirm(`Remove unfinished uploads and staging files${more}?`, options)))
    return EXIT.interrupted;
  const report = await runOn(directory, url, options, {
    begun: true,
    ...(archive === undefined ? {} : { archive }),
    work: ({ source, ...context }) =>
      clean({
        ...context,
        ...{ uploadsOlderThan, staging: source, dryRun },
        ...(olderThan === undefined ? {} : { archives: { archive: source.trash, olderThan } }),
      }),
    lines: (done) => [
      `staging files removed: ${formatCount(done.reclaimed)}`,
      `archived files removed: ${formatCount(done.purged)}`,
      ...bulkLines(done, NAMES),
    ],
  });
  return exitCodeFor(report);
}
