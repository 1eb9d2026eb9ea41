import { StorageError } from '@org/storage-core';
import { type MigrationStatus, migrationStatus, openSqliteJournal } from '@org/storage-migration';
import type { Command } from 'commander';
import { writeJson } from '../display.js';
import { type EndpointOptions, locate } from '../endpoints.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { formatCount, printable } from '../format.js';
import { withEndpointOptions } from '../option.js';
import { problemsOf } from '../problems.js';
import { statusLines } from '../status-lines.js';

interface StatusCommandOptions extends EndpointOptions {
  readonly problems: boolean;
  readonly json: boolean;
}

export function addStatus(program: Command, finish: Finish): void {
  withEndpointOptions(program.command('status'))
    .description('show where a migration stands, from its journal')
    .argument('[directory]', 'the directory that is migrated')
    .argument('[s3-url]', 'where it is migrated to')
    .option('--problems', 'list every file that is not settled and everything skipped', false)
    .option('--json', 'JSON lines on standard output', false)
    .option('--debug', 'show errors with their causes and stacks', false)
    .action(
      async (
        directory: string | undefined,
        url: string | undefined,
        options: StatusCommandOptions,
      ) => {
        finish(await statusCommand(directory, url, options));
      },
    );
}

/** Reads the journal only: neither the directory nor the bucket is asked. */
async function statusCommand(
  directory: string | undefined,
  url: string | undefined,
  options: StatusCommandOptions,
): Promise<ExitCode> {
  const journal = await openSqliteJournal({
    file: journalFile(directory, url, options),
    access: 'look',
  });
  try {
    const status = await migrationStatus(journal);
    if (options.json) writeJson({ type: 'status', ...status });
    else process.stdout.write(`${lines(status).join('\n')}\n`);
    if (options.problems) {
      for await (const problem of problemsOf(journal)) {
        if (options.json) writeJson({ type: 'problem', ...problem });
        else {
          const { kind, path, detail } = problem;
          process.stdout.write(`${kind.padEnd(12)} ${printable(path)}: ${printable(detail)}\n`);
        }
      }
    }
    return EXIT.done;
  } finally {
    await journal.close();
  }
}

function journalFile(
  directory: string | undefined,
  url: string | undefined,
  options: StatusCommandOptions,
): string {
  if (directory !== undefined && url !== undefined) return locate(directory, url, options).journal;
  if (options.journal !== undefined && directory === undefined) return options.journal;
  throw new StorageError(
    'InvalidArgument',
    'name the migration: storage status <directory> <s3-url>, or storage status --journal <file>',
  );
}

function lines(status: MigrationStatus): string[] {
  const { lastRun, verified, unresolved } = status;
  const found = Object.entries(verified).map(([result, count]) => {
    return `verified ${result}: ${formatCount(count)}`;
  });
  return [
    ...statusLines(status),
    ...found,
    `unresolved: ${formatCount(unresolved)}`,
    lastRun === undefined
      ? 'no run yet'
      : `last run: ${lastRun.started.toISOString()}, ${lastRun.outcome}`,
    `journal: ${status.journal}`,
  ];
}
