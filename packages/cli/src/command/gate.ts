import type { SkipReason } from '@org/storage-core';
import { gate, openSqliteJournal, type VerifiedBy } from '@org/storage-migration';
import type { Command } from 'commander';
import { writeJson } from '../display.js';
import { type EndpointOptions, locate, openSource } from '../endpoints.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { openFleet } from '../fleet-place.js';
import { gateLines } from '../gate-lines.js';
import { type Help, withHelp } from '../help.js';
import { listenForInterrupt } from '../interrupt.js';
import { withGateOptions } from '../option.js';
import type { FleetOptions } from './fleet.js';

export interface GateCommandOptions extends EndpointOptions, FleetOptions {
  readonly verifiedBy: VerifiedBy;
  /** ms. */
  readonly quiet: number;
  readonly accept: readonly SkipReason[];
}

const HELP: Help = {
  summary: 'tell whether the directory can be given up, and if not, why not',
  about:
    'Looks at the journal, at the application’s processes and at the directory, and tells for each condition of the cutover whether it ' +
    'holds, what that was seen from, and how to mend it. What can’t be found out keeps the gate shut. Changes nothing.',
  examples: [
    ['storage gate /srv/uploads s3://my-uploads --fleet sqlite:fleet.sqlite', 'all conditions'],
    [
      'storage gate /srv/uploads s3://my-uploads --fleet s3://fleet --quiet 1d',
      'wants a day without a read from the directory',
    ],
  ],
  exits: { done: 'the gate is open', refused: 'the gate is shut' },
  next: ['storage cutover <directory> <s3-url> --fleet <registry>   when it is open'],
};

export function addGate(program: Command, finish: Finish): void {
  withHelp(withGateOptions(program.command('gate')), HELP)
    .argument('<directory>', 'the directory that was migrated')
    .argument('<s3-url>', 'where it was migrated to')
    .action(async (directory: string, url: string, options: GateCommandOptions) => {
      finish(await gateCommand(directory, url, options));
    });
}

async function gateCommand(
  directory: string,
  url: string,
  options: GateCommandOptions,
): Promise<ExitCode> {
  const migration = locate(directory, url, options);
  await using source = openSource(migration);
  await using fleet = await openFleet(options.fleet, options);
  const journal = await openSqliteJournal({ file: migration.journal, access: 'look' });
  using interrupt = listenForInterrupt(() => {});
  try {
    const { verifiedBy, quiet, accept, json } = options;
    const { registry } = fleet;
    const signal = interrupt.stop;
    const report = await gate({ journal, registry, source, verifiedBy, quiet, accept, signal });
    if (json) writeJson({ type: 'gate', ...report });
    else process.stdout.write(`${gateLines(report).join('\n')}\n`);
    return report.open ? EXIT.done : EXIT.refused;
  } finally {
    await journal.close();
  }
}
