import { createInterface } from 'node:readline/promises';
import { isStorageError, StorageError } from '@org/storage-core';
import { type CutoverOptions, cutover, type GateReport } from '@org/storage-migration';
import type { Command } from 'commander';
import { openDisks } from '../disks.js';
import { writeJson } from '../display.js';
import { parseDuration } from '../duration.js';
import { identified, locate, openEitherSource } from '../endpoints.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { LOOK_EVERY, neededFleet, openFleet } from '../fleet-place.js';
import { gateLines } from '../gate-lines.js';
import { type Help, withHelp } from '../help.js';
import { listenForInterrupt } from '../interrupt.js';
import { onMigration } from '../on-migration.js';
import { openJournal } from '../open-journal.js';
import { acceptSettings, withGateOptions } from '../option.js';
import { waitLines } from '../wait-lines.js';
import type { GateCommandOptions } from './gate.js';

interface CutoverCommandOptions extends GateCommandOptions {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly timeout?: number;
}

const HELP: Help = {
  summary: 'bring all processes to the mode target, if the gate is open',
  about:
    'Looks at the gate, sets the mode target for all processes of the application, and waits until they are there. While it does, nobody ' +
    'can migrate, retire or revert. Interrupted or killed, the same command goes on. The way back is storage mode hybrid: nothing is ' +
    'lost by it. Back into a directory for good is not possible while the application runs.',
  examples: [
    [
      'storage cutover /srv/uploads s3://my-uploads --fleet s3://fleet --dry-run',
      'look at the gate, and do no more',
    ],
    [
      'storage cutover --storage uploads --environment production',
      'the migration and the fleet of config/storage.yml',
    ],
    ['STORAGE_FLEET=s3://fleet storage cutover /srv/uploads s3://my-uploads --yes', 'in a script'],
  ],
  exits: {
    done: 'all processes are in the mode target; or, in a dry run, the gate is open',
    unresolved: 'not all are, and its time is over; target stays wanted',
    refused: 'the gate is shut, or somebody came in the way: nothing was changed',
    interrupted: 'by Ctrl-C or SIGTERM; the same command goes on',
  },
  next: [
    'storage fleet --fleet <registry>       where each process is, and what is in its way',
    'storage mode hybrid --fleet <registry> back, at any time before the sweep',
  ],
};

export function addCutover(program: Command, finish: Finish): void {
  withHelp(withGateOptions(program.command('cutover')), HELP)
    .argument('[directory]', 'the directory that was migrated')
    .argument('[s3-url]', 'where it was migrated to')
    .option('--dry-run', 'look at the gate, and do no more', false)
    .option('--yes', 'don’t ask', false)
    .option('--timeout <time>', 'wait no longer for the processes: 90s, 15min, 1h', parseDuration)
    .action(
      onMigration(async (directory, url, options: CutoverCommandOptions) => {
        finish(await cutoverCommand(directory, url, options));
      }, acceptSettings),
    );
}

async function cutoverCommand(
  directory: string,
  url: string,
  options: CutoverCommandOptions,
): Promise<ExitCode> {
  const { dryRun, yes, json } = options;
  if (!dryRun && !yes && !process.stdin.isTTY)
    throw new StorageError('InvalidArgument', 'nobody can be asked here: give --yes, or --dry-run');
  const migration = locate(directory, url, options);
  await using source = await openEitherSource(migration, options);
  await using fleet = await openFleet(neededFleet(options), options);
  await using others = await openDisks(migration, options.disks);
  const endpoints = identified(migration);
  // To work with it, which keeps other runs off it meanwhile.
  await using opened = await openJournal(migration.journal, { endpoints, begun: true });
  const { journal } = opened;
  using interrupt = listenForInterrupt(() => {});
  const { verifiedBy, quiet, accept, wasEmpty, timeout } = options;
  const { registry } = fleet;
  const { disks } = others;
  const signal = interrupt.stop;
  return await run(
    {
      ...{ journal, registry, source, disks, verifiedBy, quiet, accept, wasEmpty },
      ...{ timeout, signal, dryRun },
      heartbeat: LOOK_EVERY,
      onWait: waitLines(json),
      onGate: (report) => {
        if (json) writeJson({ type: 'gate', ...report });
        else process.stdout.write(`${gateLines(report).join('\n')}\n`);
      },
    },
    options,
  );
}

async function run(work: CutoverOptions, { yes, json }: CutoverCommandOptions): Promise<ExitCode> {
  const { registry, signal, dryRun = false } = work;
  let shown = false;
  if (!dryRun && !yes && (await registry.wanted())?.wanted.mode !== 'target') {
    const { outcome } = await cutover({ ...work, dryRun: true });
    if (outcome === 'shut') return EXIT.refused;
    if (!(await agreed(signal))) return EXIT.interrupted;
    shown = true;
  }
  try {
    const onGate = (seen: GateReport) => {
      if (!shown || !seen.open) work.onGate?.(seen);
    };
    const report = await cutover({ ...work, onGate });
    if (json) writeJson({ type: 'report', outcome: report.outcome });
    else if (report.outcome === 'done')
      process.stdout.write('All processes are in the mode target.\n');
    return report.outcome === 'shut' ? EXIT.refused : EXIT.done;
  } catch (error) {
    if (signal?.aborted) {
      process.stderr.write('storage: interrupted; the same command goes on\n');
      return EXIT.interrupted;
    }
    if (!isStorageError(error)) throw error;
    if (error.code !== 'Conflict' && error.code !== 'Timeout') throw error;
    process.stderr.write(`storage: ${error.message}\n`);
    return error.code === 'Conflict' ? EXIT.refused : EXIT.unresolved;
  }
}

async function agreed(signal: AbortSignal | undefined): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const options = signal === undefined ? {} : { signal };
    return (await lines.question('Cut over now? [y/N] ', options)).trim().toLowerCase() === 'y';
  } catch {
    return false; // Ctrl-C
  } finally {
    lines.close();
  }
}
