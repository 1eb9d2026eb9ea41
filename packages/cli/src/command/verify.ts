import { existsSync } from 'node:fs';
import { StorageError } from '@org/storage-core';
import { type Journal, RESOLVED, type VerificationReport, verify } from '@org/storage-migration';
import type { Command } from 'commander';
import type { Migration } from '../endpoints.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { formatCount, formatSeconds } from '../format.js';
import { withRunOptions } from '../option.js';
import { statusLines } from '../status-lines.js';
import { type RunOptions, runOn } from './run.js';

interface VerifyCommandOptions extends RunOptions {
  readonly full: boolean;
}

const CODES: Readonly<Record<VerificationReport['outcome'], ExitCode>> = {
  verified: EXIT.done,
  failed: EXIT.unresolved,
  interrupted: EXIT.interrupted,
};

export function addVerify(program: Command, finish: Finish): void {
  withRunOptions(program.command('verify'))
    .description('compare every migrated file with what the bucket holds')
    .argument('<directory>', 'the directory that was migrated')
    .argument('<s3-url>', 'where it was migrated to')
    .option('--full', 'read every file back instead of comparing the server’s checksums', false)
    .action(async (directory: string, url: string, options: VerifyCommandOptions) => {
      finish(await verifyCommand(directory, url, options));
    });
}

async function verifyCommand(
  directory: string,
  url: string,
  options: VerifyCommandOptions,
): Promise<ExitCode> {
  const { outcome } = await runOn(directory, url, options, {
    check: requireJournal,
    total,
    work: (context) => verify({ ...context, full: options.full }),
    lines,
  });
  return CODES[outcome];
}

function requireJournal({ journal }: Migration): void {
  if (existsSync(journal)) return;
  throw new StorageError(
    'NotFound',
    `there is no journal ${journal}: run storage migrate first, or name the journal`,
  );
}

async function total(journal: Journal) {
  const totals = await journal.totals();
  const counts = RESOLVED.map((state) => totals[state]);
  return {
    files: counts.reduce((sum, { files }) => sum + files, 0),
    bytes: counts.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function lines(report: VerificationReport): string[] {
  const { ok, removed, missing, different, changed, failed } = report.results;
  const time = formatSeconds(report.duration / 1000);
  const bad = { missing, different, 'changed in the source': changed, 'not examined': failed };
  const closing: Readonly<Record<VerificationReport['outcome'], string>> = {
    verified: `Verified after ${time}.`,
    failed: `Not verified after ${time}: storage status --problems lists what is wrong.`,
    interrupted: `Interrupted after ${time}.`,
  };
  return [
    ...statusLines(report),
    `whole in the target: ${formatCount(ok + removed)} (${formatCount(report.readBack)} read back)`,
    ...Object.entries(bad)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name}: ${formatCount(count)}`),
    closing[report.outcome],
  ];
}
