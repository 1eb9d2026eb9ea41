import type { VerifiedBy } from '../journal/file-record.js';
import type { ClassSpeed } from './measure.js';
import { type SizeClass, sizeClassOf } from './size-class.js';

/** Seconds. */
interface TimeRange {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
}

/**
 * How long the copying takes, from a sample. Not in it: retries and throttling, what else the disk and the line are used for.
 */
export interface TimeEstimate extends TimeRange {
  /** What was measured: with `source`, what the target takes is not known, and it will take longer. */
  readonly measured: 'source' | 'target';
  /** Why the target was not measured although it was to be. */
  readonly failure?: string;
  /** Files and bytes of the sample. */
  readonly sample: { readonly files: number; readonly bytes: number };
  /** Files under way at once. */
  readonly concurrency: number;
  /** Of `likely`: listing the source, reading it, and sending. */
  readonly parts: { readonly list: number; readonly read: number; readonly send: number };
  /** What most of the time goes into. */
  readonly limit: TimeLimit;
  /** How long a verification takes after it. Known where the sample that was sent could be read back. */
  readonly verification?: VerificationTime;
  /** How many windows it takes, when only so many hours at a time are used. */
  readonly windows: readonly WindowCount[];
}

/** Which side is the slower one, and whether it is for the number of the files or for their bytes. */
export interface TimeLimit {
  readonly side: 'source' | 'target';
  readonly by: 'files' | 'bytes';
}

export interface VerificationTime {
  /** By the checksums that the server keeps. */
  readonly checksum: TimeRange;
  /** By reading every byte back. */
  readonly content: TimeRange;
}

export interface WindowCount {
  readonly hours: number;
  readonly low: number;
  readonly high: number;
}

export type Speeds = readonly (ClassSpeed | undefined)[];

/** Below this size, a file costs more by itself than by its bytes. */
const SMALL = 64 * 1024;

/**
 * @param sizes what is to be copied.
 * @returns `undefined` if nothing could be measured.
 */
export function estimateTime(
  sizes: readonly SizeClass[],
  speeds: {
    readonly source: Speeds;
    readonly target?: Speeds | undefined;
    readonly verification?: Readonly<Record<VerifiedBy, Speeds>> | undefined;
  },
  given: {
    /** Seconds that the listing took. */
    readonly list: number;
    readonly concurrency: number;
    readonly windows: readonly number[];
    readonly failure?: string | undefined;
  },
): TimeEstimate | undefined {
  if (speeds.source.every((speed) => speed === undefined)) return undefined;
  const { list, concurrency, windows, failure } = given;
  const sent = speeds.target;
  let total: TimeRange = { low: list, likely: list, high: list };
  const spent = { read: 0, send: 0, files: 0, bytes: 0 };
  for (const size of sizes) {
    const read = secondsFor(size, speeds.source);
    if (read === undefined) continue; // none of the sample could be read: their copies fail
    const whole = (sent && secondsFor(size, sent)) ?? read; // what is sent is read meanwhile
    total = plus(total, whole);
    spent.read += Math.min(read.likely, whole.likely);
    spent.send += Math.max(0, whole.likely - read.likely);
    spent[size.from < SMALL ? 'files' : 'bytes'] += whole.likely;
  }
  return {
    ...total,
    measured: sent === undefined ? 'source' : 'target',
    ...(failure === undefined ? {} : { failure }),
    sample: sampleOf(sent ?? speeds.source),
    concurrency,
    parts: { list, read: spent.read, send: spent.send },
    limit: {
      side: spent.send > spent.read ? 'target' : 'source',
      by: spent.files > spent.bytes ? 'files' : 'bytes',
    },
    ...verificationOf(sizes, speeds.verification),
    windows: windows.map((hours) => ({
      hours,
      low: Math.ceil(total.low / (hours * 3600)),
      high: Math.ceil(total.high / (hours * 3600)),
    })),
  };
}

function verificationOf(
  sizes: readonly SizeClass[],
  speeds: Readonly<Record<VerifiedBy, Speeds>> | undefined,
): Pick<TimeEstimate, 'verification'> {
  if (speeds === undefined) return {};
  const checksum = totalOf(sizes, speeds.checksum);
  const content = totalOf(sizes, speeds.content);
  if (checksum === undefined || content === undefined) return {};
  return { verification: { checksum, content } };
}

/** `undefined` if a class that has files could not be measured. */
function totalOf(sizes: readonly SizeClass[], speeds: Speeds): TimeRange | undefined {
  let total: TimeRange = { low: 0, likely: 0, high: 0 };
  for (const size of sizes) {
    if (size.files === 0) continue;
    const seconds = secondsFor(size, speeds);
    if (seconds === undefined) return undefined;
    total = plus(total, seconds);
  }
  return total;
}

function secondsFor({ from, files, bytes }: SizeClass, speeds: Speeds): TimeRange | undefined {
  const speed = speeds[sizeClassOf(from)];
  if (speed === undefined) return undefined;
  const amount = speed.unit === 'byte' ? bytes : files;
  return {
    low: amount * speed.fastest,
    likely: amount * speed.mean,
    high: amount * speed.slowest,
  };
}

function plus(a: TimeRange, b: TimeRange): TimeRange {
  return { low: a.low + b.low, likely: a.likely + b.likely, high: a.high + b.high };
}

function sampleOf(speeds: Speeds): TimeEstimate['sample'] {
  return {
    files: speeds.reduce((sum, speed) => sum + (speed?.files ?? 0), 0),
    bytes: speeds.reduce((sum, speed) => sum + (speed?.bytes ?? 0), 0),
  };
}
