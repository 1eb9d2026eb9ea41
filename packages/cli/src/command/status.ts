import {
  type Journal,
  type MigrationStatus,
  migrationStatus,
  runResult,
} from '@org/storage-migration';
import type { Command } from 'commander';
import { jsonLine } from '../display.js';
import type { EndpointOptions } from '../endpoints.js';
import { EXIT, type Finish } from '../exit-code.js';
import { formatCount, printable } from '../format.js';
import { type Help, withHelp } from '../help.js';
import { lookInto, lookIntoAll } from '../look.js';
import { onJournal } from '../on-migration.js';
import { withLookOptions } from '../option.js';
import { print } from '../output.js';
import { problemsOf } from '../problems.js';
import { missingLines, statusLines } from '../status-lines.js';
import { watch } from '../watch/watch.js';

interface StatusCommandOptions extends EndpointOptions {
  readonly watch: boolean;
  readonly problems: boolean;
  readonly json: boolean;
}

const HELP: Help = {
  summary: 'show where a migration stands, from its journal',
  about:
    'Shows where a migration stands, all its runs together. Reads the journal only: neither the directory nor the bucket is ' +
    'asked, and a run that is under way is not disturbed.',
  examples: [
    ['storage status /srv/uploads s3://my-uploads/files', 'where it stands'],
    ['storage status --storage uploads', 'the migration of config/storage.yml'],
    [
      'storage status /srv/uploads s3://my-uploads/files --watch',
      'as it goes on, in place; in lines where there is no terminal',
    ],
    [
      'storage status /srv/uploads s3://my-uploads/files --problems',
      'every file that is not settled, and why',
    ],
    ['storage status --journal uploads.sqlite --json', 'for a program, by the journal alone'],
  ],
  exits: { done: 'it was told, whatever it is' },
  next: [
    'storage migrate <directory> <s3-url>   copy what is pending or failed',
    'storage report <directory> <s3-url>    the whole of it, to hand on',
  ],
};

export function addStatus(program: Command, finish: Finish): void {
  withLookOptions(withHelp(program.command('status'), HELP))
    .option('--watch', 'show it as it goes on, until Ctrl-C', false)
    .option('--problems', 'list every file that is not settled and everything skipped', false)
    .option('--json', 'JSON lines on standard output', false)
    .action(
      onJournal(async (directory, url, options: StatusCommandOptions) => {
        const looked = { directory, url, options };
        await (options.watch
          ? lookInto(looked, (journal) => watch(journal, options))
          : lookIntoAll(looked, (journal) => show(journal, options)));
        finish(EXIT.done);
      }),
    );
}

async function show(journal: Journal, options: StatusCommandOptions): Promise<void> {
  await print(standing(await migrationStatus(journal), options));
  if (options.problems) await print(problems(journal, options));
}

function standing(status: MigrationStatus, { json }: StatusCommandOptions): string[] {
  if (json) return [jsonLine({ type: 'status', ...status })];
  return [`${lines(status).join('\n')}\n`];
}

async function* problems(
  journal: Journal,
  { json }: StatusCommandOptions,
): AsyncGenerator<string, void, undefined> {
  for await (const problem of problemsOf(journal)) {
    const { kind, path, detail } = problem;
    yield json
      ? jsonLine({ type: 'problem', ...problem })
      : `${kind.padEnd(12)} ${printable(path)}: ${printable(detail)}\n`;
  }
}

function lines(status: MigrationStatus): string[] {
  const { lastRun, verified, unresolved } = status;
  const result = lastRun && runResult(lastRun);
  const found = Object.entries(verified).map(([result, count]) => {
    return `verified ${result}: ${formatCount(count)}`;
  });
  return [
    ...statusLines(status),
    ...found,
    ...missingLines(status),
    `unresolved: ${formatCount(unresolved)}`,
    lastRun === undefined
      ? 'no run yet'
      : `last run: ${lastRun.kind}, ${lastRun.started.toISOString()}, ${lastRun.outcome}${result === undefined ? '' : `: ${result}`}`,
    `journal: ${status.journal}`,
  ];
}
