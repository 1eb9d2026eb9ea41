import { extname } from 'node:path';
import type { SkipReason } from '@org/storage-core';
import {
  type JournalReport,
  migrationReport,
  reportCsv,
  reportHtml,
  reportMarkdown,
} from '@org/storage-migration';
import { type Command, Option } from 'commander';
import type { EndpointOptions } from '../endpoints.js';
import { EXIT, type Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { type Looked, lookInto } from '../look.js';
import { onJournal } from '../on-migration.js';
import { withAccept, withLookOptions } from '../option.js';
import { outputPlace, print, writeWhole } from '../output.js';
import { plannedCost } from '../plan/planned-cost.js';
import { readPrices } from '../plan/prices.js';

const FORMATS = {
  html: reportHtml,
  json: (report: JournalReport) => `${JSON.stringify(report, null, 2)}\n`,
  csv: reportCsv,
  md: reportMarkdown,
} as const satisfies Readonly<Record<string, (report: JournalReport) => string>>;

type Format = keyof typeof FORMATS;

interface ReportCommandOptions extends EndpointOptions {
  readonly format?: Format;
  readonly output?: string;
  readonly accept: readonly SkipReason[];
  readonly plan?: string;
  readonly prices?: string;
}

const HELP: Help = {
  summary: 'tell the whole of a migration: for a person, a spreadsheet or a program',
  about:
    'Tells the whole of a migration from its journal: what was copied, verified and retired, how fast, what failed and why, ' +
    'what kinds of files there are. The HTML is one file that needs nothing else, to mail or print. Can be made at any ' +
    'time, also while a run is under way.',
  examples: [
    [
      'storage report /srv/uploads s3://my-uploads/files -o report.html',
      'a page to hand on; the name tells the format',
    ],
    ['storage report --journal uploads.sqlite', 'Markdown, on the terminal'],
    [
      'storage report /srv/uploads s3://my-uploads/files --plan plan.json -o report.html',
      'with what the bucket costs, by what storage plan --json has written',
    ],
    [
      'storage report --journal uploads.sqlite --format json | jq .summary.share',
      'one figure, for a program',
    ],
  ],
  exits: { done: 'the report was made, whatever is in it' },
  next: [
    'storage status <directory> <s3-url> --problems   what is unresolved',
    'storage export <directory> <s3-url>              every file, one a line',
  ],
};

export function addReport(program: Command, finish: Finish): void {
  withAccept(withLookOptions(withHelp(program.command('report'), HELP)))
    .addOption(
      new Option('--format <format>', 'by default what the name of the file tells, or md').choices(
        Object.keys(FORMATS),
      ),
    )
    .option('-o, --output <file>', 'where to write it, instead of standard output')
    .addOption(
      new Option('--plan <file>', 'with the costs of a plan: what storage plan --json has written'),
    )
    .addOption(
      new Option(
        '--prices <file>',
        'with the costs by a price list, as storage plan takes it',
      ).conflicts('plan'),
    )
    .action(
      onJournal(async (directory, url, options: ReportCommandOptions) => {
        await reportCommand({ directory, url, options }, options);
        finish(EXIT.done);
      }),
    );
}

async function reportCommand(
  looked: Looked,
  { format, output, accept, plan, prices }: ReportCommandOptions,
): Promise<void> {
  await lookInto(looked, async (journal) => {
    const place = output === undefined ? undefined : outputPlace(output, journal);
    const report = await migrationReport(journal, {
      accept,
      ...(plan === undefined ? {} : { cost: plannedCost(plan, journal.endpoints) }),
      ...(prices === undefined ? {} : { prices: readPrices(prices) }),
    });
    const text = FORMATS[format ?? formatOf(place)](report);
    await (place === undefined ? print([text]) : writeWhole(place, [text]));
  });
}

function formatOf(place = ''): Format {
  const extension = extname(place).slice(1).toLowerCase();
  const names: Readonly<Record<string, Format>> = {
    html: 'html',
    htm: 'html',
    json: 'json',
    csv: 'csv',
  };
  return names[extension] ?? 'md';
}
