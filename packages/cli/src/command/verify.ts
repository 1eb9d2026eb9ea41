import { StorageError } from '@org/storage-core';
import {
  type Journal,
  RESOLVED,
  type SampleSize,
  type VerificationReport,
  verify,
} from '@org/storage-migration';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { formatCount, formatFiles, formatSeconds } from '../format.js';
import { type Help, withHelp } from '../help.js';
import { onMigration } from '../on-migration.js';
import { runSettings, withRunOptions } from '../option.js';
import { parseSample } from '../sample-option.js';
import { statusLines } from '../status-lines.js';
import { type RunOptions, runOn } from './run.js';

interface VerifyCommandOptions extends RunOptions {
  readonly full: boolean;
  readonly sample?: SampleSize;
  readonly seed?: number;
  readonly live: boolean;
  readonly cutOver: boolean;
}

const CODES: Readonly<Record<VerificationReport['outcome'], ExitCode>> = {
  verified: EXIT.done,
  failed: EXIT.unresolved,
  interrupted: EXIT.interrupted,
  stopped: EXIT.unresolved,
};

const HELP: Help = {
  summary: 'compare every migrated file with what the bucket holds',
  about:
    'Compares every file that was migrated with what the bucket holds now: its size, the checksums that the server keeps, its ' +
    'content type, headers and metadata; and the directory with what was read from it. Changes neither; what it finds goes into the ' +
    'journal. After the cutover the application deletes without a mark: --cut-over counts apart what is in neither place any more.',
  examples: [
    [
      'storage verify /srv/uploads s3://my-uploads/files',
      'by the server’s checksums: one request a file',
    ],
    ['storage verify --storage uploads', 'the migration of config/storage.yml'],
    ['storage verify /srv/uploads s3://my-uploads/files --full', 'read every byte back'],
    [
      'storage verify /srv/uploads s3://my-uploads/files --sample 1%',
      'read a random part back, and tell its seed',
    ],
    [
      'storage verify /srv/uploads s3://my-uploads/files --live',
      'while an application works on both',
    ],
  ],
  exits: {
    done: 'every file is whole in the bucket, and none is unresolved',
    unresolved: 'a file is missing, different, changed, unresolved or could not be read',
    interrupted: 'by Ctrl-C or SIGTERM; run it again',
  },
  next: [
    'storage status <directory> <s3-url> --problems   what is wrong, file by file',
    'storage retire <directory> <s3-url>              when all is whole',
    'storage report <directory> <s3-url>              the whole of it, to hand on',
  ],
};

export function addVerify(program: Command, finish: Finish): void {
  withHelp(withRunOptions(program.command('verify')), HELP)
    .argument('[directory]', 'the directory that was migrated')
    .argument('[s3-url]', 'where it was migrated to')
    .option('--full', 'read every file back instead of comparing the server’s checksums', false)
    .addOption(
      new Option('--sample <files>', 'read so many files back, picked at random, or a share: 1%')
        .argParser(parseSample)
        .conflicts('full'),
    )
    .option('--seed <number>', 'pick the sample that this number told of picked', parseSeed)
    .option('--live', 'what the application has written or deleted since is no fault', false)
    .option(
      '--cut-over',
      'the same after the cutover: what is in neither place was deleted or lost, and is no fault either',
      false,
    )
    .action(
      onMigration(async (directory, url, options: VerifyCommandOptions) => {
        finish(await verifyCommand(directory, url, options));
      }, runSettings),
    );
}

async function verifyCommand(
  directory: string,
  url: string,
  options: VerifyCommandOptions,
): Promise<ExitCode> {
  const { sample, seed, full, live, cutOver } = options;
  if (seed !== undefined && sample === undefined)
    throw new StorageError('InvalidArgument', '--seed is for a sample: give --sample as well');
  const how = {
    ...{ full: full || sample !== undefined, live, cutOver },
    ...(sample === undefined
      ? {}
      : { sample: { ...sample, ...(seed === undefined ? {} : { seed }) } }),
  };
  const { outcome } = await runOn(directory, url, options, {
    begun: true,
    ...(sample === undefined ? { total } : {}),
    work: (context) => verify({ ...context, ...how }),
    back: (context) => verify({ ...context, ...how }),
    lines,
  });
  return CODES[outcome];
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new InvalidArgumentError('It takes the number that a verification has told.');
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
  const { missing, different, changed, failed, superseded, deleted, unknowable } = report.results;
  const time = formatSeconds(report.duration / 1000);
  const whole = report.whole.files - changed;
  const others = {
    'overwritten by the application': superseded,
    'deleted by the application': deleted,
    'gone since the cutover, deleted or lost': unknowable,
    missing,
    different,
    'changed in the source': changed,
    'not examined': failed,
  };
  const closing: Readonly<Record<VerificationReport['outcome'], string>> = {
    verified: `Verified after ${time}.`,
    failed: `Not verified after ${time}: storage status --problems lists what is wrong.`,
    interrupted: `Interrupted after ${time}.`,
    stopped: `Stopped after ${time}: ${report.reason?.message.replace(/\.$/, '')}.`,
  };
  const sample = report.seed === undefined ? [] : [`a sample, with --seed ${report.seed}`];
  const { files, bytes } = report.examined;
  return [
    ...statusLines(report),
    ...sample,
    `looked at: ${formatFiles({ files, bytes })}`,
    `whole in the target: ${formatCount(whole)} (${formatCount(report.readBack)} read back)`,
    ...Object.entries(others)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${name}: ${formatCount(count)}`),
    closing[report.outcome],
  ];
}
