import { throwIfAborted } from '@org/storage-core';
import { forEach } from '../worker-pool.js';
import type { SampledFile } from './sample.js';

/** How fast the files of one size class went, in as many runs as there were. */
export interface ClassSpeed {
  /** Files and bytes that were moved. */
  readonly files: number;
  readonly bytes: number;
  /** Seconds. */
  readonly seconds: number;
  /** Seconds for each file, or for each byte where files were cut: in all, and in the fastest and the slowest run. */
  readonly mean: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly unit: 'file' | 'byte';
}

/** Of a file, no more bytes than these are moved for a measurement. */
const MOST_OF_A_FILE = 16 * 1024 ** 2;

/** Runs for each class: their spread is the range of the estimate. */
const RUNS = 4;

/** A run gets no further file when it has so many bytes: of large files, fewer make it long enough. */
const BYTES_OF_A_RUN = 64 * 1024 ** 2;

/** A single run says nothing of the spread: so much faster or slower is taken for possible. */
const SPREAD = 1.5;

/**
 * Does `move` to the files of a sample, class by class, and takes the time. A class that has taken its share of the time gets no
 * further run.
 * @param move handles the first `bytes` of a file; `false`: it could not, for a reason that is that file's alone.
 * @returns by size class; `undefined` where nothing could be measured.
 */
export async function measure(
  classes: readonly (readonly SampledFile[])[],
  move: (file: SampledFile, bytes: number) => Promise<boolean>,
  options: {
    readonly concurrency: number;
    /** For each class: no further run begins afterwards. */
    readonly seconds: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<readonly (ClassSpeed | undefined)[]> {
  const speeds: (ClassSpeed | undefined)[] = [];
  for (const files of classes) speeds.push(await measureClass(files, move, options));
  return speeds;
}

interface Run {
  readonly files: number;
  readonly bytes: number;
  readonly seconds: number;
}

async function measureClass(
  files: readonly SampledFile[],
  move: (file: SampledFile, bytes: number) => Promise<boolean>,
  { concurrency, seconds, signal }: Parameters<typeof measure>[2],
): Promise<ClassSpeed | undefined> {
  const runs: Run[] = [];
  let spent = 0;
  for (const part of partsOf(files)) {
    if (spent >= seconds && runs.length > 0) break;
    throwIfAborted(signal);
    let moved = { files: 0, bytes: 0 };
    const begun = performance.now();
    await forEach(each(part), concurrency, async (file) => {
      const bytes = Math.min(file.size, MOST_OF_A_FILE);
      if (await move(file, bytes)) {
        moved = { files: moved.files + 1, bytes: moved.bytes + bytes };
      }
    });
    const took = (performance.now() - begun) / 1000;
    spent += took;
    if (moved.files > 0) runs.push({ ...moved, seconds: took });
  }
  return runs.length === 0 ? undefined : speedOf(runs, files);
}

function speedOf(runs: readonly Run[], files: readonly SampledFile[]): ClassSpeed {
  const unit = files.some((file) => file.size > MOST_OF_A_FILE) ? 'byte' : 'file';
  const amount = (run: Run) => (unit === 'byte' ? run.bytes : run.files);
  const rates = runs.map((run) => run.seconds / amount(run));
  const spread = runs.length === 1 ? SPREAD : 1;
  const sum = (of: (run: Run) => number) => runs.reduce((total, run) => total + of(run), 0);
  return {
    files: sum((run) => run.files),
    bytes: sum((run) => run.bytes),
    seconds: sum((run) => run.seconds),
    mean: sum((run) => run.seconds) / sum(amount),
    fastest: Math.min(...rates) / spread,
    slowest: Math.max(...rates) * spread,
    unit,
  };
}

/** What each run gets. */
function partsOf(files: readonly SampledFile[]): SampledFile[][] {
  const most = Math.ceil(files.length / RUNS);
  const parts: SampledFile[][] = [];
  let bytes = 0;
  for (const file of files) {
    const part = parts.at(-1);
    if (part === undefined || part.length === most || bytes >= BYTES_OF_A_RUN) {
      if (parts.length === RUNS) break;
      parts.push([file]);
      bytes = 0;
    } else part.push(file);
    bytes += Math.min(file.size, MOST_OF_A_FILE);
  }
  return parts;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
