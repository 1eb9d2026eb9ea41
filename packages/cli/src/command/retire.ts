import { join } from 'node:path';
import { StorageError } from '@org/storage-core';
import {
  type Journal,
  type RetireReport,
  retireFiles,
  type VerifiedBy,
} from '@org/storage-migration';
import { type Command, Option } from 'commander';
import { confirm } from '../confirm.js';
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

interface RetireCommandOptions extends BulkCommandOptions {
  readonly delete: boolean;
  readonly archive?: string;
  readonly verifiedBy: VerifiedBy;
}

const HELP: Help = {
  summary: 'take the files out of the directory that the bucket holds',
  about:
    'Moves the files whose copies were found whole out of the directory, into an archive on the same disk, from which storage restore ' +
    'brings them back; a manifest there lists them. What was changed since it was copied stays, and so does what the bucket lacks at that ' +
    'moment. What lies beneath a file that the application has replaced or deleted goes, too.',
  examples: [
    ['storage retire /srv/uploads s3://my-uploads --stopped --dry-run', 'what would go'],
    ['storage retire --storage uploads --dry-run', 'the migration of config/storage.yml'],
    [
      'storage retire /srv/uploads s3://my-uploads --fleet s3://app-fleet --yes',
      'beside the application, in the mode hybrid',
    ],
    [
      'storage retire /srv/uploads s3://my-uploads --stopped --archive /srv/archive --yes',
      'into a directory outside, on the same disk',
    ],
  ],
  exits: BULK_EXITS,
  next: [
    'storage restore <directory> <s3-url>   bring them back',
    'storage gate <directory> <s3-url>      what is in the way of the cutover',
    'storage clean <directory> <s3-url> --archives-older 30d   when nobody misses them',
  ],
};

const NAMES: Readonly<Record<keyof Omit<RetireReport['counts'], 'failed'>, string>> = {
  retired: 'retired',
  gone: 'not in the directory any more',
  unverified: 'not verified yet, and left (storage verify)',
  changed: 'changed since they were copied, and left',
  needed: 'not in the bucket, and left',
};

export function addRetire(program: Command, finish: Finish): void {
  withHelp(withBulkOptions(withRunOptions(program.command('retire'))), HELP)
    .addOption(
      new Option('--delete', 'delete the files for good, in place of the archive')
        .default(false)
        .conflicts('archive'),
    )
    .option(
      '--archive <directory>',
      'where they go, on the same disk (default: .storage/trash in the directory)',
    )
    .addOption(
      new Option('--verified-by <proof>', 'what has to have vouched for a copy')
        .choices(['checksum', 'content'])
        .default('checksum'),
    )
    .action(
      onMigration(async (directory, url, options: RetireCommandOptions) => {
        finish(await retireCommand(directory, url, options));
      }, runSettings),
    );
}

async function retireCommand(
  directory: string,
  url: string,
  options: RetireCommandOptions,
): Promise<ExitCode> {
  if (!options.delete && locate(directory, url, options).direction === 'back') throw noArchive();
  const what = options.delete ? 'Delete the files for good' : 'Put the files aside';
  if (!(await confirm(`${what} that the bucket holds?`, options))) return EXIT.interrupted;
  const { dryRun, verifiedBy, archive } = options;
  const settled = { allowed: ['settled', 'target'], stage: 'settled', task: 'retire' } as const;
  const report = await whileHeld(options, settled, (lease) =>
    runOn(directory, url, options, {
      begun: true,
      total: everything,
      ...(archive === undefined ? {} : { archive }),
      work: ({ source, ...context }) =>
        retireFiles({
          ...context,
          ...{ source, dryRun, verifiedBy, live: lease ?? false },
          archive: options.delete ? 'delete' : source.trash,
          manifest: join(
            archive ?? options.local?.trash ?? join(directory, '.storage', 'trash'),
            'manifest.jsonl',
          ),
        }),
      back: (context) =>
        retireFiles({
          ...context,
          ...{ dryRun, verifiedBy, live: lease ?? false, archive: 'delete' },
        }),
      lines: (done) => bulkLines(done, NAMES),
    }),
  );
  return exitCodeFor(report);
}

function noArchive(): StorageError {
  return new StorageError(
    'InvalidArgument',
    'a bucket has no archive: give --delete. Where the bucket keeps versions, what was deleted can be had back from those',
  );
}

/** Files that are looked at. */
async function everything(journal: Journal) {
  const { copied, present, superseded, deleted } = await journal.totals();
  const all = [copied, present, superseded, deleted];
  return {
    files: all.reduce((sum, { files }) => sum + files, 0),
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
