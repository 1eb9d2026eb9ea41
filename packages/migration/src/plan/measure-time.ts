import { isStorageError, type StorageProvider } from '@org/storage-core';
import type { VerifiedBy } from '../journal/file-record.js';
import type { MeasuredSide, PlanEvent } from './event.js';
import { measure } from './measure.js';
import type { Sample, SampledFile } from './sample.js';
import { readSample, TargetSample } from './sample-moves.js';
import type { SizeClass } from './size-class.js';
import { estimateTime, type Speeds, type TimeEstimate } from './time.js';

interface MeasureOptions {
  readonly source: StorageProvider;
  /** Where the sample is sent as well. Default: nowhere. */
  readonly target?: StorageProvider | undefined;
  readonly concurrency: number;
  /** Seconds for a size class and side, after which no further run begins. */
  readonly seconds: number;
  /** Hours at a time in which the migration may run. */
  readonly windows: readonly number[];
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: (event: PlanEvent) => void;
}

/** Files in the target that could not be removed. */
export interface Leftover {
  /** What their keys begin with. */
  readonly prefix: string;
  /** Why. */
  readonly message: string;
}

interface Measured {
  readonly time?: TimeEstimate;
  readonly leftover?: Leftover;
}

/**
 * Reads a sample, sends it if there is a target, and reads it back, and says from it how long all of it takes.
 * @param list seconds that the listing took.
 */
export async function measureTime(
  sizes: readonly SizeClass[],
  sample: Sample,
  list: number,
  options: MeasureOptions,
): Promise<Measured> {
  const { source, target, concurrency, windows, signal } = options;
  const classes = sample.classes();
  const told = (side: MeasuredSide) => teller(side, classes.flat().length, options.onEvent);
  const toldOfSource = told('source');
  const read = await measure(
    classes,
    (file, bytes) => toldOfSource(readSample(source, file, bytes, signal)),
    options,
  );
  const given = { list, concurrency, windows };
  if (target === undefined) return { ...timeOf(estimateTime(sizes, { source: read }, given)) };

  const copies = new TargetSample(source, target);
  const toldOfTarget = told('target');
  let leftover: Leftover | undefined;
  let sent: Speeds | undefined;
  let verification: Readonly<Record<VerifiedBy, Speeds>> | undefined;
  let failure: string | undefined;
  try {
    sent = await measure(
      classes,
      (file, bytes) => toldOfTarget(copies.copy(file, bytes, signal)),
      options,
    );
    verification = await measureVerification(classes, copies, options, told('verification'));
  } catch (error) {
    if (!isStorageError(error) || signal?.aborted) throw error;
    failure = error.message; // all that was seen of the source is worth having
  } finally {
    leftover = await removed(copies);
  }
  const speeds = { source: read, target: sent, verification };
  return {
    ...timeOf(estimateTime(sizes, speeds, { ...given, failure })),
    ...(leftover === undefined ? {} : { leftover }),
  };
}

/** @returns `undefined` where the target lets nobody read. */
async function measureVerification(
  classes: readonly (readonly SampledFile[])[],
  copies: TargetSample,
  options: MeasureOptions,
  told: (work: Promise<boolean>) => Promise<boolean>,
): Promise<Readonly<Record<VerifiedBy, Speeds>> | undefined> {
  const { signal } = options;
  // A look costs the same whatever the size.
  const looked = classes.map((files) => files.map((file) => ({ ...file, size: 0 })));
  try {
    return {
      checksum: await measure(looked, (file) => copies.look(file, signal), options),
      content: await measure(classes, (file) => told(copies.readBack(file, signal)), options),
    };
  } catch (error) {
    if (!isStorageError(error) || signal?.aborted) throw error;
    return undefined;
  }
}

const timeOf = (time: TimeEstimate | undefined) => (time === undefined ? {} : { time });

/** Without the caller's signal: what was put there is taken away, also when that has fired. */
async function removed(copies: TargetSample): Promise<Leftover | undefined> {
  try {
    await copies.remove();
    return undefined;
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return { prefix: copies.prefix, message: error.message };
  }
}

function teller(side: MeasuredSide, files: number, onEvent: MeasureOptions['onEvent']) {
  let done = 0;
  return async (work: Promise<boolean>): Promise<boolean> => {
    const moved = await work;
    onEvent({ type: 'measuring', side, done: ++done, files });
    return moved;
  };
}
