import { EXPORT_COLUMNS, exportFiles, FILE_STATES, type FileState } from '@org/storage-migration';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { EndpointOptions } from '../endpoints.js';
import { EXIT, type Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { type Looked, lookInto } from '../look.js';
import { onJournal } from '../on-migration.js';
import { withLookOptions } from '../option.js';
import { outputPlace, print, writeWhole } from '../output.js';

interface ExportCommandOptions extends EndpointOptions {
  readonly format: 'jsonl' | 'csv';
  readonly states?: readonly FileState[];
  readonly output?: string;
}

const HELP: Help = {
  summary: 'write every file of a migration, one a line',
  about:
    'Writes what the journal knows of every file, one a line, in the order of the keys. It takes as little memory for ten ' +
    'million files as for ten, and waits for a reader that is slow. JSON lines are exact. CSV is for spreadsheets: a text ' +
    `that they would take for a formula has an apostrophe before it. The columns: ${EXPORT_COLUMNS.join(', ')}.`,
  examples: [
    [
      'storage export /srv/uploads s3://my-uploads/files --states failed,conflict',
      'what failed, as JSON lines',
    ],
    [
      'storage export --journal uploads.sqlite --format csv -o files.csv',
      'all of it, for a spreadsheet',
    ],
    ['storage export --journal uploads.sqlite | head -n 3', 'a look at the first files'],
  ],
  exits: { done: 'everything was written, or the reader had enough' },
  next: [
    'storage migrate <directory> <s3-url>   copy what is pending or failed',
    'storage report <directory> <s3-url>    the same, summed up',
  ],
};

export function addExport(program: Command, finish: Finish): void {
  withLookOptions(withHelp(program.command('export'), HELP))
    .addOption(
      new Option('--format <format>', 'of the lines').choices(['jsonl', 'csv']).default('jsonl'),
    )
    .option(
      '--states <states>',
      `only files in these states: ${FILE_STATES.join(', ')}`,
      parseStates,
    )
    .option('-o, --output <file>', 'where to write it, instead of standard output')
    .action(
      onJournal(async (directory, url, options: ExportCommandOptions) => {
        await exportCommand({ directory, url, options }, options);
        finish(EXIT.done);
      }),
    );
}

async function exportCommand(
  looked: Looked,
  { format, states, output }: ExportCommandOptions,
): Promise<void> {
  await lookInto(looked, async (journal) => {
    const pieces = exportFiles(journal, { format, ...(states === undefined ? {} : { states }) });
    await (output === undefined ? print(pieces) : writeWhole(outputPlace(output, journal), pieces));
  });
}

function parseStates(text: string): FileState[] {
  return text.split(',').map((word) => {
    const state = FILE_STATES.find((known) => known === word.trim());
    if (state === undefined)
      throw new InvalidArgumentError(`States are ${FILE_STATES.join(', ')}.`);
    return state;
  });
}
