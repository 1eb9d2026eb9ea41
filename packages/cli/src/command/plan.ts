import type { SkipReason } from '@org/storage-core';
import { type MigrationPlan, plan } from '@org/storage-migration';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ConfigurationOptions, withConfigurationOptions } from '../configuration-option.js';
import type { ConfiguredStorage } from '../configured-storage.js';
import { writeJson } from '../display.js';
import { parseDuration } from '../duration.js';
import {
  type EndpointOptions,
  locate,
  onlyThere,
  openSource,
  openTarget,
  realDirectory,
} from '../endpoints.js';
import { EXIT, type ExitCode, type Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { listenForInterrupt } from '../interrupt.js';
import { onDirectory } from '../on-migration.js';
import { parseCount, runSettings, withAccept, withS3Options } from '../option.js';
import { print } from '../output.js';
import { nextLines } from '../plan/next.js';
import { choosePrices, type Prices } from '../plan/prices.js';
import { openProblemFile } from '../plan/problem-file.js';
import { planProgress } from '../plan/progress.js';
import { reportLines } from '../plan/report.js';
import { fileSystemTime } from '../plan/source-clock.js';
import { detectedType } from '../plan/type-of.js';
import { parseS3Url } from '../s3-url.js';
import { paintFor, plain } from '../watch/colour.js';

/** Bytes: 10,000 parts of 5 GiB, https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingObjects.html */
const AWS_MAX_FILE = 10_000 * 5 * 1024 ** 3;

/** Of a report. A narrower terminal breaks its lines. */
const LEAST_COLUMNS = 80;
const MOST_COLUMNS = 110;

interface PlanCommandOptions extends EndpointOptions, ConfigurationOptions {
  readonly measure: 'source' | 'target';
  readonly accept: readonly SkipReason[];
  readonly window: readonly number[];
  readonly prices?: string;
  readonly problems?: string;
  readonly examples: number;
  readonly justWritten: number;
  readonly quick: boolean;
  readonly types: boolean;
  readonly concurrency: number;
  readonly json: boolean;
}

const HELP: Help = {
  summary: 'what a migration would meet, take and cost, before it begins',
  about:
    'Looks through a directory: how much there is, what would keep a migration from being complete, how long it takes and what ' +
    'it costs. Changes nothing, there or in the bucket; only --measure target sends a sample to the bucket, and removes it again.',
  examples: [
    ['storage plan /srv/uploads s3://my-uploads/files --region eu-central-1', 'look at everything'],
    [
      'storage plan --storage uploads',
      'what config/storage.yml says: directory, bucket, keys, windows',
    ],
    [
      'storage plan /srv/uploads s3://my-uploads/files --measure target --window 4h',
      'how many nights of four hours it takes, measured',
    ],
    ['storage plan /srv/uploads --problems problems.jsonl', 'every problem, one a line'],
  ],
  exits: {
    done: 'nothing keeps a migration from being complete',
    unresolved: 'something does: see what is blocking',
    refused: 'the bucket ignores preconditions (--measure target)',
    interrupted: 'by Ctrl-C or SIGTERM; a sample in the bucket was removed',
  },
  next: ['storage migrate <directory> <s3-url>   copy the files'],
};

export function addPlan(program: Command, finish: Finish): void {
  const windows = (text: string, before: readonly number[]) => [...before, parseHours(text)];
  withAccept(withS3Options(withConfigurationOptions(withHelp(program.command('plan'), HELP))))
    .argument('[directory]', 'the directory whose files are to be migrated')
    .argument('[s3-url]', 's3://BUCKET or s3://BUCKET/PREFIX')
    .addOption(
      new Option('--measure <side>', 'what a sample is tried with: reading it, or sending it, too')
        .choices(['source', 'target'])
        .default('source'),
    )
    .option(
      '--window <time>',
      'a night’s time for the migration: 4h, or 22:00-05:30; an estimate for each',
      windows,
      [],
    )
    .option('--prices <file>', 'a price list of your own, as JSON')
    .option('--problems <file>', 'write every problem to a new file, as JSON lines')
    .option('--examples <number>', 'problems of a kind that are shown', parseCount, 5)
    .addOption(
      new Option('--just-written <time>', 'what counts as just written')
        .argParser(parseDuration)
        .default(600_000, '10min'),
    )
    .option('--quick', 'don’t open each file to see that it can be', false)
    .option('--types', 'compare the bytes of a sample with what the names say', false)
    .option('--concurrency <files>', 'files under way at once', parseCount, 16)
    .option('--json', 'the plan as one line of JSON on standard output', false)
    .option('--debug', 'show errors with their causes and stacks', false)
    .action(
      onDirectory(async (directory, url, options: PlanCommandOptions) => {
        finish(await planCommand(directory, url, options));
      }, planSettings),
    );
}

/** A configuration’s windows are nights, too. */
function planSettings(storage: ConfiguredStorage): Partial<PlanCommandOptions> {
  const { windows } = storage.settings;
  return {
    ...runSettings(storage),
    ...(windows === undefined
      ? {}
      : { window: windows.map(({ from, to }) => parseHours(`${from}-${to}`)) }),
  };
}

/** `4h`, or `22:00-05:30` as `migrate` takes it. */
function parseHours(text: string): number {
  const times = /^(\d\d?):(\d\d)-(\d\d?):(\d\d)$/.exec(text)?.slice(1).map(Number);
  const [from = 0, minute = 0, to = 0, last = 0] = times ?? [];
  const minutes = (to - from) * 60 + last - minute;
  const hours =
    times === undefined
      ? parseDuration(text) / 3_600_000
      : (minutes > 0 ? minutes : minutes + 1440) / 60;
  if (hours > 0 && hours <= 24) return hours;
  throw new InvalidArgumentError('It takes a time of up to a day, such as 4h, or 22:00-05:30.');
}

async function planCommand(
  directory: string,
  url: string | undefined,
  options: PlanCommandOptions,
): Promise<ExitCode> {
  const target =
    url === undefined ? undefined : onlyThere(locate(directory, url, options)).endpoints.target;
  const source = realDirectory(directory);
  const prices = choosePrices(options.prices, options);
  const noPrices = prices.list === undefined ? prices.why : undefined;
  const made = await planOf(source, url, options, prices);
  if (options.json) {
    writeJson({ type: 'plan', source, target, noPrices, ...made });
  } else {
    const { stdout } = process;
    const lines = reportLines(made, {
      ...{ source, target, noPrices },
      next: nextLines(made, directory, url, options),
      columns: Math.min(MOST_COLUMNS, Math.max(LEAST_COLUMNS, stdout.columns ?? 80)),
      paint: stdout.isTTY ? paintFor(stdout) : plain,
    });
    await print([`${lines.join('\n')}\n`]);
  }
  return made.outcome === 'ready' ? EXIT.done : EXIT.unresolved;
}

async function planOf(
  directory: string,
  url: string | undefined,
  options: PlanCommandOptions,
  prices: Prices,
): Promise<MigrationPlan> {
  const { measure, accept, examples, justWritten, concurrency, endpoint } = options;
  await using source = openSource({ directory }, options);
  await using target = url === undefined ? undefined : await openTarget(url, options, concurrency);
  using problems =
    options.problems === undefined ? undefined : openProblemFile(options.problems, directory);
  using progress = planProgress();
  using interrupt = listenForInterrupt(() => {
    process.stderr.write('stopping; what is in the bucket is removed\n');
  });
  const now = await fileSystemTime(directory);
  return await plan({
    ...{ source, measure, accept, examples, justWritten, concurrency },
    ...(url === undefined ? {} : { prefix: parseS3Url(url).prefix }),
    ...(target === undefined ? {} : { target }),
    ...(endpoint === undefined ? { maxFileBytes: AWS_MAX_FILE } : {}),
    ...(now === undefined ? {} : { clock: async () => now }),
    ...(options.types ? { typeOf: detectedType() } : {}),
    ...(prices.list === undefined ? {} : { prices: prices.list }),
    ...(problems === undefined ? {} : { onProblem: (problem) => problems.add(problem) }),
    open: !options.quick,
    windowHours: options.window,
    signal: interrupt.stop,
    onEvent: (event) => progress.record(event),
  });
}
