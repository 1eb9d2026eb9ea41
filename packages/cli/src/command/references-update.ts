import { StorageError } from '@org/storage-core';
import {
  type ReferenceProblem,
  type ReferencesReport,
  updateReferences,
} from '@org/storage-migration';
import type { Command } from 'commander';
import { writeJson } from '../display.js';
import { type EndpointOptions, locate } from '../endpoints.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { counted, formatCount, printable } from '../format.js';
import { type Help, withHelp } from '../help.js';
import { listenForInterrupt } from '../interrupt.js';
import { ofDisk } from '../journal-place.js';
import { onJournal } from '../on-migration.js';
import { openJournal } from '../open-journal.js';
import { withMigrationOptions } from '../option.js';
import { seldom } from '../progress-note.js';
import { type ReferenceOptions, withReferenceOptions } from '../references-option.js';
import { openReferences } from '../references-place.js';

interface UpdateOptions extends EndpointOptions, ReferenceOptions {
  readonly reverted?: string;
}

const HELP: Help = {
  summary: 'tell the application’s table which files the bucket has',
  about:
    'Goes through the files that the journal knows to be in the bucket and that the table has not been told of, and sets their provider, ' +
    'in batches. A row that names anything but the directory stays as it is; so it may be killed, and run again.',
  examples: [
    [
      'storage references update /srv/uploads s3://my-uploads --database sqlite:/var/lib/app/app.sqlite --key-column path',
      'a table files with the columns path and provider',
    ],
    [
      'storage references update --journal uploads.sqlite --key-column path --where tenant=7 --etag-column etag',
      'a tenant’s rows in the database that DATABASE_URL names',
    ],
  ],
  exits: {
    done: 'every row of these files names the bucket',
    unresolved: 'some name a third store, or could not be changed',
    interrupted: 'by Ctrl-C or SIGTERM; the same command goes on',
  },
  next: ['storage references check <directory> <s3-url>   compare the table with the files'],
};

const CODES: Readonly<Record<ReferencesReport['outcome'], ExitCode>> = {
  complete: EXIT.done,
  incomplete: EXIT.unresolved,
  stopped: EXIT.unresolved,
  interrupted: EXIT.interrupted,
};

export function addReferencesUpdate(references: Command, finish: Finish): void {
  const command = withMigrationOptions(withReferenceOptions(references.command('update')));
  withHelp(command, HELP)
    .argument('[directory]', 'the directory that was migrated')
    .argument('[s3-url]', 'where it was migrated to')
    .option('--etag-column <name>', 'its column for the ETag; set')
    .option('--checksum-column <name>', 'its column for the SHA-256; filled where it is empty')
    .option('--migrated-at-column <name>', 'its column for the time of the change; set')
    .option('--reverted <run>', 'the way back, for a run whose copies were taken back')
    .action(
      onJournal(async (directory, url, options: UpdateOptions) => {
        finish(await updateCommand(journalPlace(directory, url, options), options));
      }),
    );
}

async function updateCommand(place: string, options: UpdateOptions): Promise<ExitCode> {
  const { json, sourceName, targetName, reverted } = options;
  await using table = await openReferences(options);
  await using opened = await openJournal(place, { begun: true });
  const { journal } = opened;
  using interrupt = listenForInterrupt(() => {
    if (!json) process.stderr.write('finishing the batch in flight; once more to stop at once\n');
  });
  const report = await updateReferences({
    journal,
    references: table.references,
    names: { source: sourceName, target: targetName },
    reverted,
    stop: interrupt.stop,
    signal: interrupt.abort,
    onProblem: json ? (problem) => writeJson({ type: 'problem', ...problem }) : writeProblem,
    onProgress: json
      ? (counts) => writeJson({ type: 'progress', ...counts })
      : seldom(({ changed }) => `${counted(changed, 'file')} told`),
  });
  if (json) writeJson({ type: 'report', ...report });
  else process.stdout.write(`${lines(report).join('\n')}\n`);
  return CODES[report.outcome];
}

function writeProblem({ kind, key, detail }: ReferenceProblem): void {
  process.stderr.write(`${kind.padEnd(9)} ${printable(key)}: ${printable(detail)}\n`);
}

function journalPlace(
  directory: string | undefined,
  url: string | undefined,
  options: EndpointOptions,
): string {
  if (directory !== undefined && url !== undefined) return locate(directory, url, options).journal;
  if (options.journal !== undefined && directory === undefined)
    return ofDisk(options.journal, options.disk);
  throw new StorageError(
    'InvalidArgument',
    'name the migration: storage references update <directory> <s3-url>, or --journal <place> alone',
  );
}

function lines(report: ReferencesReport): string[] {
  const { changed, already, missing, other, failed } = report;
  const counts = {
    'told now': changed,
    'known already': already,
    'without a row': missing,
    'of a third store': other,
    'refused by the database': failed,
  };
  const closing: Readonly<Record<ReferencesReport['outcome'], string>> = {
    complete: 'Complete. Next: storage references check',
    incomplete: 'Incomplete. The same command tries the rest again',
    interrupted: 'Interrupted. The same command goes on from here',
    stopped: `Stopped, since one batch after the other failed: ${printable(report.reason?.message ?? '')}`,
  };
  return [
    ...Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name}: ${formatCount(count)}`),
    closing[report.outcome],
  ];
}
