import type { BulkReport } from '@org/storage-migration';
import type { Command } from 'commander';
import { EXIT, type ExitCode } from '../exit-code.js';
import { fleetOption } from '../fleet-option.js';
import { formatCount, formatSeconds } from '../format.js';
import type { Help } from '../help.js';
import type { RunOptions } from './run.js';

/** Options of the commands that change many files. */
export interface BulkCommandOptions extends RunOptions {
  readonly fleet?: string;
  readonly stopped: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

/** Adds the arguments and options that they share. */
export function withBulkOptions(command: Command): Command {
  return command
    .argument('[directory]', 'the directory that was migrated')
    .argument('[s3-url]', 'where it was migrated to')
    .addOption(fleetOption())
    .option('--stopped', 'in place of --fleet: no process of the application runs', false)
    .option('--dry-run', 'tell what would be done, and do nothing', false)
    .option('--yes', 'don’t ask', false);
}

export const BULK_EXITS: Help['exits'] = {
  done: 'all is done; or, in a dry run, would be',
  unresolved: 'some files failed, or somebody has to look at them; or it stopped',
  refused: 'it would not be safe: a process or the server is in the way',
  interrupted: 'by Ctrl-C or SIGTERM; the same command goes on',
};

const CODES: Readonly<Record<BulkReport<string>['outcome'], ExitCode>> = {
  complete: EXIT.done,
  incomplete: EXIT.unresolved,
  stopped: EXIT.unresolved,
  interrupted: EXIT.interrupted,
};

export const exitCodeFor = ({ outcome }: BulkReport<string>): ExitCode => CODES[outcome];

/**
 * A report in a few lines; what is zero is left out.
 * @param names What to call the outcomes.
 */
export function bulkLines<Outcome extends string>(
  report: BulkReport<Outcome>,
  names: Readonly<Record<Outcome, string>>,
): string[] {
  const { counts, reason, duration, runId } = report;
  const time = formatSeconds(duration / 1000);
  const closing: Readonly<Record<BulkReport<string>['outcome'], string>> = {
    complete: `Complete after ${time}.`,
    incomplete: `Incomplete after ${time}: the lines above say why. The same command tries again`,
    interrupted: `Interrupted after ${time}. The same command goes on`,
    stopped: `Stopped after ${time}: ${reason?.message.replace(/\.$/, '')}. The same command goes on`,
  };
  const told = Object.entries<string>({ ...names, failed: 'failed' })
    .map(([outcome, name]) => ({ name, count: counts[outcome as Outcome] }))
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => `${name}: ${formatCount(count)}`);
  const dry = runId === undefined ? ['A dry run: nothing was changed.'] : [];
  return [...told, ...dry, closing[report.outcome]];
}
