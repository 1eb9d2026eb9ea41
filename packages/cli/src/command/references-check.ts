import { closeSync, openSync, writeSync } from 'node:fs';
import {
  checkReferences,
  type ReferenceCheck,
  type ReferenceFinding,
  type ReferenceFindingKind,
} from '@org/storage-migration';
import type { Command } from 'commander';
import { writeJson } from '../display.js';
import { type EndpointOptions, locate, onlyThere, openSource, openTarget } from '../endpoints.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { counted, formatCount, printable } from '../format.js';
import { type Help, withHelp } from '../help.js';
import { listenForInterrupt } from '../interrupt.js';
import { onMigration } from '../on-migration.js';
import { withMigrationOptions } from '../option.js';
import { seldom } from '../progress-note.js';
import { type ReferenceOptions, withReferenceOptions } from '../references-option.js';
import { openReferences } from '../references-place.js';

interface CheckOptions extends EndpointOptions, ReferenceOptions {
  readonly findings?: string;
}

const HELP: Help = {
  summary: 'compare the application’s table with the directory and the bucket',
  about:
    'Walks the table and both stores side by side, and tells rows without a file, files without a row, rows that name another store than ' +
    'the one that has the say, and sizes that differ. Changes nothing. What an application is changing at that moment may be told: ' +
    'check again.',
  examples: [
    [
      'storage references check /srv/uploads s3://my-uploads --database sqlite:/var/lib/app/app.sqlite --key-column path',
      'a table files with the columns path and provider',
    ],
    [
      'storage references check /srv/uploads s3://my-uploads --key-column path --size-column bytes --findings all.jsonl',
      'sizes too, and all findings into a file',
    ],
  ],
  exits: {
    done: 'table and stores agree',
    unresolved: 'something was found, or could not be looked at',
    interrupted: 'by Ctrl-C or SIGTERM',
  },
  next: ['storage references update <directory> <s3-url>   where files have moved since'],
};

const CODES: Readonly<Record<ReferenceCheck['outcome'], ExitCode>> = {
  consistent: EXIT.done,
  inconsistent: EXIT.unresolved,
  interrupted: EXIT.interrupted,
};

const KINDS: Readonly<Record<ReferenceFindingKind, string>> = {
  'missing-file': 'rows whose file neither store has',
  'missing-row': 'files that no row names',
  'wrong-provider': 'rows that name another store than has the file',
  'wrong-size': 'rows that tell another size',
  'invalid-key': 'rows that name what can’t be a key',
  unchecked: 'files that could not be looked at',
};

/** Suspicious files that are looked at at once. */
const CONCURRENCY = 16;

export function addReferencesCheck(references: Command, finish: Finish): void {
  const command = withMigrationOptions(withReferenceOptions(references.command('check')));
  withHelp(command, HELP)
    .argument('[directory]', 'the directory that is migrated')
    .argument('[s3-url]', 'where it is migrated to')
    .option('--findings <file>', 'a file for all findings, as JSON lines')
    .action(
      onMigration(async (directory, url, options: CheckOptions) => {
        finish(await checkCommand(directory, url, options));
      }),
    );
}

async function checkCommand(
  directory: string,
  url: string,
  options: CheckOptions,
): Promise<ExitCode> {
  const { json, sourceName, targetName } = options;
  await using source = openSource(onlyThere(locate(directory, url, options)), options);
  await using target = await openTarget(url, options, CONCURRENCY);
  await using table = await openReferences(options);
  using findings = openFindings(options.findings);
  using interrupt = listenForInterrupt(() => {});
  const report = await checkReferences({
    ...{ source, target, concurrency: CONCURRENCY },
    references: table.references,
    names: { source: sourceName, target: targetName },
    stop: interrupt.stop,
    signal: interrupt.abort,
    onFinding(finding) {
      findings.write(finding);
      if (json) writeJson({ type: 'finding', ...finding });
    },
    ...(json ? {} : { onProgress: seldom((keys) => `${counted(keys, 'file')} compared`) }),
  });
  if (json) writeJson({ type: 'report', ...report });
  else process.stdout.write(`${lines(report).join('\n')}\n`);
  return CODES[report.outcome];
}

/** Findings may be many: they are not held. */
function openFindings(file: string | undefined) {
  const descriptor = file === undefined ? undefined : openSync(file, 'w');
  return {
    write(finding: ReferenceFinding) {
      if (descriptor !== undefined) writeSync(descriptor, `${JSON.stringify(finding)}\n`);
    },
    [Symbol.dispose]() {
      if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}

function lines(report: ReferenceCheck): string[] {
  const { referenced, listed, findings, examples, outcome } = report;
  const kinds = (Object.entries(KINDS) as [ReferenceFindingKind, string][]).filter(
    ([kind]) => findings[kind] > 0,
  );
  const closing: Readonly<Record<ReferenceCheck['outcome'], string>> = {
    consistent: 'Table and stores agree.',
    inconsistent: 'Table and stores don’t agree.',
    interrupted: 'Interrupted: the rest was not compared.',
  };
  return [
    `named by rows: ${formatCount(referenced)}; in the stores: ${formatCount(listed)}`,
    ...kinds.flatMap(([kind, name]) => [
      `${name}: ${formatCount(findings[kind])}`,
      ...shown(
        examples.filter((example) => example.kind === kind),
        findings[kind],
      ),
    ]),
    closing[outcome],
  ];
}

function shown(examples: readonly ReferenceFinding[], count: number): string[] {
  const lines = examples.map(({ key, detail }) => `  ${printable(key)}: ${printable(detail)}`);
  return examples.length < count ? [...lines, '  …'] : lines;
}
