import type { SkipReason } from '@org/storage-core';
import { gate, type VerifiedBy } from '@org/storage-migration';
import type { Command } from 'commander';
import { openDisks } from '../disks.js';
import { writeJson } from '../display.js';
import { type EndpointOptions, identified, locate, openEitherSource } from '../endpoints.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { neededFleet, openFleet } from '../fleet-place.js';
import { gateLines } from '../gate-lines.js';
import { type Help, withHelp } from '../help.js';
import { listenForInterrupt } from '../interrupt.js';
import { onMigration } from '../on-migration.js';
import { openJournal } from '../open-journal.js';
import { acceptSettings, withGateOptions } from '../option.js';
import type { FleetOptions } from './fleet.js';

export interface GateCommandOptions extends EndpointOptions, FleetOptions {
  readonly verifiedBy: VerifiedBy;
  /** ms. */
  readonly quiet: number;
  readonly accept: readonly SkipReason[];
  readonly disks?: readonly string[];
  readonly wasEmpty: boolean;
}

const HELP: Help = {
  summary: 'tell whether the directory can be given up, and if not, why not',
  about:
    'Looks at the journal, at the application’s processes and at the directory, and tells for each condition of the cutover whether it ' +
    'holds, what that was seen from, and how to mend it. What can’t be found out keeps the gate shut. Changes nothing. Where hosts have ' +
    'disks of their own, it tells of this one’s, writes down what it has seen, and goes by what the commands of the other hosts have.',
  examples: [
    ['storage gate /srv/uploads s3://my-uploads --fleet sqlite:fleet.sqlite', 'all conditions'],
    ['storage gate --storage uploads', 'the migration and the fleet of config/storage.yml'],
    [
      'storage gate /srv/uploads s3://my-uploads --fleet s3://fleet --quiet 1d',
      'wants a day without a read from the directory',
    ],
    [
      'storage gate /srv/uploads s3://my-uploads --fleet s3://fleet --journal postgres://db/app --disk web1 --disks web1,web2',
      'on web1, whose disk web2 does not see; once on web2 as well',
    ],
  ],
  exits: { done: 'the gate is open', refused: 'the gate is shut' },
  next: ['storage cutover <directory> <s3-url> --fleet <registry>   when it is open'],
};

export function addGate(program: Command, finish: Finish): void {
  withHelp(withGateOptions(program.command('gate')), HELP)
    .argument('[directory]', 'the directory that was migrated')
    .argument('[s3-url]', 'where it was migrated to')
    .action(
      onMigration(async (directory, url, options: GateCommandOptions) => {
        finish(await gateCommand(directory, url, options));
      }, acceptSettings),
    );
}

async function gateCommand(
  directory: string,
  url: string,
  options: GateCommandOptions,
): Promise<ExitCode> {
  const migration = locate(directory, url, options);
  await using source = await openEitherSource(migration, options);
  await using fleet = await openFleet(neededFleet(options), options);
  await using others = await openDisks(migration, options.disks);
  const endpoints = identified(migration);
  await using opened = await openJournal(migration.journal, { endpoints, access: 'look' });
  const { journal } = opened;
  using interrupt = listenForInterrupt(() => {});
  const { verifiedBy, quiet, accept, wasEmpty, json } = options;
  const { registry } = fleet;
  const signal = interrupt.stop;
  const { disks } = others;
  const report = await gate({
    ...{ journal, registry, source, disks, verifiedBy, quiet, accept, wasEmpty, signal },
  });
  if (json) writeJson({ type: 'gate', ...report });
  else process.stdout.write(`${gateLines(report).join('\n')}\n`);
  return report.open ? EXIT.done : EXIT.refused;
}
