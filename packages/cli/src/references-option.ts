import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ReferencePlaceOptions } from './references-place.js';

/** What the commands about references have in common. */
export interface ReferenceOptions extends ReferencePlaceOptions {
  readonly sourceName: string;
  readonly targetName: string;
  readonly json: boolean;
}

/** Options that name the application's table, and what it calls the two stores. */
export function withReferenceOptions(command: Command): Command {
  const database = new Option(
    '--database <address>',
    'sqlite:FILE or postgres://USER@HOST/DATABASE',
  );
  return command
    .addOption(database.env('DATABASE_URL').makeOptionMandatory())
    .option('--schema <name>', 'the table’s schema (default: where the database looks for it)')
    .option('--table <name>', 'the table that names files', 'files')
    .requiredOption('--key-column <name>', 'its column that names the file')
    .option('--key-prefix <text>', 'what that column has before every key, such as /uploads/')
    .option('--provider-column <name>', 'its column that names the store', 'provider')
    .option('--source-name <name>', 'what it calls the directory', 'local')
    .option('--target-name <name>', 'what it calls the bucket', 's3')
    .option('--size-column <name>', 'its column of sizes, in bytes')
    .option(
      '--where <column=value>',
      'only rows with this value; may be repeated',
      addCondition,
      [],
    )
    .option('--json', 'JSON lines on standard output', false)
    .option('--debug', 'show errors with their causes and stacks', false);
}

function addCondition(text: string, before: ReferencePlaceOptions['where']) {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It takes COLUMN=VALUE.');
  return [...before, [text.slice(0, at), text.slice(at + 1)] as const];
}
