import { createHash, randomInt } from 'node:crypto';
import { StorageError } from '@org/storage-core';
import { filesIn } from '../journal/file-pages.js';
import type { FileState } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';

/** Which files are looked at: so many, or a share of all (above 0, up to 1). */
export type SampleSize = { readonly files: number } | { readonly share: number };

/** The same seed picks the same files. Default: a random one, which the report tells. */
export type SampleOptions = SampleSize & { readonly seed?: number };

/** Of one sample: numbers that are kept in memory. */
const MOST_FILES = 1_000_000;

export interface Sample {
  readonly seed: number;
  has(key: string): boolean;
}

/**
 * Picks files at random: those whose hash, seeded, is the smallest. Memory grows with the size of a sample of `files`, at most
 * 1,000,000, and not with the number of files in the journal.
 * @throws StorageError `InvalidArgument`.
 */
export async function drawSample(
  journal: Journal,
  states: readonly FileState[],
  options: SampleOptions,
  stop?: AbortSignal,
): Promise<Sample> {
  const { seed = randomInt(2 ** 32) } = options;
  if ('share' in options) {
    const { share } = options;
    if (!(share > 0 && share <= 1))
      throw new StorageError('InvalidArgument', 'the share of a sample is above 0 and at most 1');
    return { seed, has: (key) => placeOf(key, seed) < share };
  }
  const { files } = options;
  if (!Number.isSafeInteger(files) || files < 1 || files > MOST_FILES)
    throw new StorageError('InvalidArgument', `a sample has from 1 to ${MOST_FILES} files`);
  const smallest = new Smallest(files);
  for await (const { key } of filesIn(journal, { states }, stop)) smallest.add(placeOf(key, seed));
  const bound = smallest.largest();
  return { seed, has: (key) => placeOf(key, seed) <= bound };
}

/** Where a key is between 0 and 1: even, and the same for the same seed. */
function placeOf(key: string, seed: number): number {
  return createHash('sha256').update(`${seed} ${key}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** The smallest of many numbers, some more than asked for until they are cut. */
class Smallest {
  readonly #count: number;
  #kept: number[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  add(value: number): void {
    this.#kept.push(value);
    if (this.#kept.length >= 2 * this.#count + 1000) this.#cut();
  }

  #cut(): void {
    this.#kept.sort((a, b) => a - b);
    this.#kept.length = Math.min(this.#kept.length, this.#count);
  }

  /** Of those that are among the smallest; less than any place if there are none. */
  largest(): number {
    this.#cut();
    return this.#kept.at(-1) ?? -1;
  }
}
