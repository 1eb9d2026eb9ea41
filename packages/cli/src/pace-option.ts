import type { Control, PaceOptions, TimeWindow } from '@org/storage-migration';
import { type Command, InvalidArgumentError } from 'commander';
import type { ConfiguredStorage } from './configured-storage.js';
import { parseBytes } from './quantity.js';

/** Options that say how fast a run may go. */
export interface PaceCommandOptions {
  readonly concurrency: Concurrency;
  readonly bandwidth?: number;
  readonly rate?: number;
  readonly window: readonly TimeWindow[];
  readonly timezone?: string;
}

type Concurrency = NonNullable<PaceOptions['concurrency']>;

const MOST_FILES = 1_024;

export function withPaceOptions(command: Command): Command {
  return command
    .option(
      '--concurrency <files>',
      'files under way at once: a number, auto (as many as the server bears), or bounds for it such as 4-32',
      parseConcurrency,
      16,
    )
    .option(
      '--bandwidth <bytes>',
      'bytes a second that are read from the directory, such as 10MiB',
      parseBandwidth,
    )
    .option('--rate <files>', 'files that are begun in a second', parseRate)
    .option(
      '--window <from-to>',
      'time of day in which files may be begun, such as 22:00-05:30; may be given several times',
      addWindow,
      [],
    )
    .option('--timezone <name>', 'of the windows, such as Europe/Berlin (default: the system’s)');
}

export function paceOptions(options: PaceCommandOptions): PaceOptions {
  const { concurrency, bandwidth, rate, window: windows, timezone } = options;
  return { concurrency, bandwidth, rate, windows, timezone };
}

/** What a configuration says of these. */
export function paceSettings({ settings }: ConfiguredStorage): Partial<PaceCommandOptions> {
  const { concurrency, bandwidth, rate, windows: window, timezone } = settings;
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(bandwidth === undefined ? {} : { bandwidth }),
    ...(rate === undefined ? {} : { rate }),
    ...(window === undefined ? {} : { window }),
    ...(timezone === undefined ? {} : { timezone }),
  };
}

/** What `storage limit` sets; `reset` is what the run was started with. */
export interface LimitOptions {
  readonly concurrency?: Exclude<Control['concurrency'], undefined> | 'reset';
  readonly bandwidth?: number | 'reset';
  readonly rate?: number | 'reset';
}

export function withLimitOptions(command: Command): Command {
  const orReset =
    <T>(parse: (text: string) => T) =>
    (text: string): T | 'reset' =>
      text === 'reset' ? 'reset' : parse(text);
  return command
    .option(
      '--concurrency <files>',
      'files under way at once: a number, or auto',
      orReset(parseFixedOrAuto),
    )
    .option('--bandwidth <bytes>', 'bytes a second, such as 10MiB', orReset(parseBandwidth))
    .option('--rate <files>', 'files that are begun in a second', orReset(parseRate));
}

function parseConcurrency(text: string): Concurrency {
  const [, least, most] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  if (least === undefined || most === undefined) return parseFixedOrAuto(text);
  const bounds = { least: parseFiles(least), most: parseFiles(most) };
  if (bounds.least <= bounds.most) return bounds;
  throw new InvalidArgumentError('The lesser bound comes first, as in 4-32.');
}

function parseFixedOrAuto(text: string): number | 'auto' {
  return text === 'auto' ? 'auto' : parseFiles(text);
}

function parseFiles(text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1 && count <= MOST_FILES) return count;
  throw new InvalidArgumentError(`It takes a whole number from 1 to ${MOST_FILES}, or auto.`);
}

function parseBandwidth(text: string): number {
  const bytes = parseBytes(text);
  if (bytes >= 1_024) return bytes;
  throw new InvalidArgumentError('It takes 1KiB a second or more; storage pause stops altogether.');
}

function parseRate(text: string): number {
  const files = Number(text);
  if (text !== '' && files >= 0.001 && Number.isFinite(files)) return files;
  throw new InvalidArgumentError('It takes a number of files a second, 0.001 or more.');
}

function addWindow(text: string, others: readonly TimeWindow[]): TimeWindow[] {
  const [, from, to] = /^(\d{1,2}:\d{2})-(\d{1,2}:\d{2})$/.exec(text) ?? [];
  if (from === undefined || to === undefined)
    throw new InvalidArgumentError('It takes two times of day, such as 22:00-05:30.');
  return [...others, { from, to }];
}
