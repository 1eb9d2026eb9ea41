import { type RestoreReport, restoreFiles } from '@org/storage-migration';
import type { Command } from 'commander';
import { confirm } from '../confirm.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { counted } from '../format.js';
import { type Help, withHelp } from '../help.js';
import { whileHeld } from '../lease.js';
import { SETTLED } from '../live-option.js';
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

interface RestoreCommandOptions extends BulkCommandOptions {
  readonly archive?: string;
  readonly prefix?: string;
  readonly run?: string;
}

const HELP: Help = {
  summary: 'bring retired files back into the directory',
  about:
    'Brings the files back that storage retire has taken out of the directory, from the archive, or from the bucket where they are not there. ' +
    'Nothing is replaced, and nothing is put beneath what the application has written or deleted since. The bucket keeps its copies. ' +
    'While it runs, no process may be set to read from the directory when the bucket is away.',
  examples: [
    ['storage restore /srv/uploads s3://my-uploads --stopped --dry-run', 'what would come back'],
    ['storage restore --storage uploads --dry-run', 'the migration of config/storage.yml'],
    [
      'storage restore /srv/uploads s3://my-uploads --fleet s3://app-fleet --prefix invoices/ --yes',
      'a part, beside the application',
    ],
  ],
  exits: BULK_EXITS,
  next: [
    'storage verify <directory> <s3-url>   compare both',
    'storage retire <directory> <s3-url>   take them out again',
  ],
};

const NAMES: Readonly<Record<keyof Omit<RestoreReport['counts'], 'failed'>, string>> = {
  restored: 'restored',
  superseded: 'replaced or deleted by the application since, and left',
  changed: 'another file is in the directory, which was left',
  lost: 'lost: in neither store, nor in the archive',
};

/** What was done, and how many files the journal knows to have been retired. */
type Done = RestoreReport & { readonly retired: number };

function lines({ retired, ...report }: Done): string[] {
  const none = Object.values(report.counts).every((count) => count === 0);
  if (!none || report.outcome !== 'complete') return bulkLines(report, NAMES);
  if (retired > 0)
    return [
      `Nothing to restore: of ${counted(retired, 'retired file')}, none is among those that were asked for.`,
    ];
  return [
    'Nothing to restore: the journal knows of no file that is retired. If it is older than the last storage retire, such as a ' +
      'backup, the files are in the archive nevertheless, and the runbook “The journal is lost” tells how to bring them back.',
  ];
}

export function addRestore(program: Command, finish: Finish): void {
  withHelp(withBulkOptions(withRunOptions(program.command('restore'))), HELP)
    .option('--archive <directory>', 'where storage retire has put them, as it was told')
    .option('--prefix <text>', 'only files whose path begins so')
    .option('--run <id>', 'only files that this run has copied')
    .action(
      onMigration(async (directory, url, options: RestoreCommandOptions) => {
        finish(await restoreCommand(directory, url, options));
      }, runSettings),
    );
}

async function restoreCommand(
  directory: string,
  url: string,
  options: RestoreCommandOptions,
): Promise<ExitCode> {
  if (!(await confirm('Bring the retired files back?', options))) return EXIT.interrupted;
  const { dryRun, archive, prefix, run } = options;
  const report = await whileHeld(options, { ...SETTLED, task: 'restore' }, (lease) =>
    runOn(directory, url, options, {
      begun: true,
      ...(archive === undefined ? {} : { archive }),
      work: async ({ source, ...context }) => {
        const { retired = 0 } = await context.journal.retirements();
        const done = await restoreFiles({
          ...context,
          ...{ source, dryRun, live: lease ?? false, archive: source.trash },
          ...(prefix === undefined ? {} : { prefix }),
          ...(run === undefined ? {} : { run }),
        });
        return { ...done, retired };
      },
      lines,
    }),
  );
  return exitCodeFor(report);
}
