import { type MigrationReport, migrate } from '@org/storage-migration';
import type { Command } from 'commander';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { formatCount, formatSeconds } from '../format.js';
import { withRunOptions } from '../option.js';
import { statusLines } from '../status-lines.js';
import { type RunOptions, runOn } from './run.js';

const CODES: Readonly<Record<MigrationReport['outcome'], ExitCode>> = {
  complete: EXIT.done,
  incomplete: EXIT.unresolved,
  stopped: EXIT.unresolved,
  interrupted: EXIT.interrupted,
};

export function addMigrate(program: Command, finish: Finish): void {
  withRunOptions(program.command('migrate'))
    .description('copy what the bucket does not have; run it again to go on')
    .argument('<directory>', 'the directory whose files are copied; it is left as it is')
    .argument('<s3-url>', 's3://BUCKET or s3://BUCKET/PREFIX')
    .action(async (directory: string, url: string, options: RunOptions) => {
      finish(await migrateCommand(directory, url, options));
    });
}

async function migrateCommand(
  directory: string,
  url: string,
  options: RunOptions,
): Promise<ExitCode> {
  const { outcome } = await runOn(directory, url, options, { work: migrate, lines });
  return CODES[outcome];
}

function lines(report: MigrationReport): string[] {
  const time = formatSeconds(report.duration / 1000);
  const closing: Readonly<Record<MigrationReport['outcome'], string>> = {
    complete: `Complete after ${time}. Next: storage verify`,
    incomplete:
      `Incomplete after ${time}: ${formatCount(report.unresolved)} unresolved. ` +
      'storage status --problems lists them; the same command tries again',
    interrupted: `Interrupted after ${time}. The same command goes on from here`,
    stopped:
      `Stopped after ${time}, since too many files in a row failed: ${report.reason?.message.replace(/\.$/, '')}. ` +
      'The same command goes on from here',
  };
  return [...statusLines(report), closing[report.outcome]];
}
