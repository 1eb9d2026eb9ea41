import { StorageError } from '@org/storage-core';

/** How many files may be under way at once. */
export interface ConcurrencyBounds {
  /** Default 1. */
  readonly least?: number | undefined;
  /** Default 64. */
  readonly most?: number | undefined;
}

/** A file that was begun under a limit. */
export interface Admitted {
  readonly epoch: number;
}

/** What a file tells that was copied at the first attempt. */
interface Observation {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds, from its beginning to its end. */
  readonly latency: number;
}

const LEAST = 1;
const MOST = 64;
/** Where it begins. The latencies of a server that has so few files under way are those of an unhurried one. */
const UNHURRIED = 4;
/** Files of a size whose median is one reading of the latency. */
const GROUP = 5;
/** Files of an epoch, at the least. */
const EPOCH = 10;
/** Up to this inflation of the latency the limit grows, and from {@link CROWDED} on it shrinks. */
const ROOMY = 1.5;
const CROWDED = 2;
/** What becomes of the limit where the latency says so, and where the server refuses. */
const SHRINK = 0.75;
const HALVE = 0.5;
/** Epochs after which the latency of an unhurried server is looked at anew, in case it has become another. */
const RENEWAL = 64;
/** Bytes up to which latency does not depend on the size. */
const SMALL = 64 * 1024;

/**
 * How many files to have under way, found out from how they fare: additive increase, multiplicative decrease (Chiu and Jain,
 * "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance in Computer Networks", 1989), with latency as
 * the sign of congestion beside refusals (as in TCP Vegas: Brakmo and Peterson, 1995).
 *
 * By Little's law the throughput is the limit divided by the latency. As long as latency stays what it was when little was
 * under way, each further file adds its full share of throughput; where it grows in step with the limit, a further file adds none,
 * and waits in a queue of the server's. So an epoch, of as many files as the limit, ends with a look at the latency's inflation, its
 * ratio to that of files of about the same size while little was under way (a median of medians of five files, so that single slow ones
 * do not count):
 *
 * | inflation | limit |
 * | --- | --- |
 * | up to 1.5 | one more, if it was used; at first, until the latency grows, twice as many |
 * | up to 2 | as it is |
 * | above | three quarters |
 *
 * Every so many epochs, one is spent with a few files under way, to see the unhurried latency anew (as BBR does: Cardwell et al.,
 * "BBR: Congestion-Based Congestion Control", 2016). Without that it could only be forgotten little by little, and the limit would creep up.
 *
 * A file that the server refuses since it is overloaded halves the limit at once, and only once in an epoch: what was begun under
 * the earlier limit tells nothing about the present one. There is no clock in it: the same observations lead to the same limits.
 */
export class AdaptiveConcurrency {
  readonly #least: number;
  readonly #most: number;
  #limit: number;
  #epoch = 0;
  #underWay = 0;
  /** Whether the limit was what kept more files from being under way. */
  #used = false;
  #ended = 0;
  #inflations: number[] = [];
  #starting = true;
  /** The limit to go back to after the look at the unhurried latency. */
  #interrupted: number | undefined;
  #renewed = 0;
  readonly #sizes = new Map<number, SizeClass>();

  /** @throws StorageError `InvalidArgument`. */
  constructor(bounds: ConcurrencyBounds = {}) {
    checkBounds(bounds);
    const { least = LEAST, most = MOST } = bounds;
    this.#least = least;
    this.#most = most;
    this.#limit = Math.min(most, Math.max(least, UNHURRIED));
  }

  get limit(): number {
    return this.#limit;
  }

  begin(): Admitted {
    this.#underWay++;
    if (this.#underWay >= this.#limit) this.#used = true;
    return { epoch: this.#epoch };
  }

  /** @param observation of a file that was copied at once; a failure of its own, or a repeated attempt, tells nothing. */
  end({ epoch }: Admitted, observation: Observation | undefined): void {
    this.#underWay--;
    if (epoch !== this.#epoch || observation === undefined) return;
    this.#ended++;
    const unhurried = this.#limit <= UNHURRIED;
    const inflation = this.#classOf(observation.size).add(observation.latency, unhurried);
    if (inflation !== undefined) this.#inflations.push(inflation);
    if (this.#ended >= Math.max(EPOCH, this.#limit) && this.#inflations.length > 0) this.#judge();
  }

  /** The server has refused this file for now, or has not answered in time. */
  overloaded({ epoch }: Admitted): void {
    if (epoch === this.#epoch) this.#shrink(HALVE);
  }

  #judge(): void {
    if (this.#interrupted !== undefined) {
      this.#begin(this.#interrupted);
      return;
    }
    const inflation = median(this.#inflations);
    if (inflation > CROWDED) this.#shrink(SHRINK);
    else if (inflation > ROOMY || !this.#used) {
      if (inflation > ROOMY) this.#starting = false;
      this.#begin(this.#limit);
    } else this.#begin(this.#starting ? this.#limit * 2 : this.#limit + 1);
  }

  #shrink(factor: number): void {
    this.#starting = false;
    this.#begin(Math.floor(this.#limit * factor));
  }

  #begin(limit: number): void {
    this.#limit = Math.min(this.#most, Math.max(this.#least, limit));
    this.#epoch++;
    this.#interrupted = undefined;
    if (this.#limit <= UNHURRIED) this.#renewed = this.#epoch;
    else if (this.#epoch - this.#renewed >= RENEWAL) {
      this.#interrupted = this.#limit;
      this.#limit = Math.max(this.#least, UNHURRIED);
      this.#renewed = this.#epoch;
    }
    this.#ended = 0;
    this.#inflations = [];
    this.#used = this.#underWay >= this.#limit;
    for (const size of this.#sizes.values()) size.begin();
  }

  #classOf(size: number): SizeClass {
    const halfOctave = Math.ceil(2 * Math.log2(Math.max(size, SMALL))); // so that they differ by less than what is roomy
    const known = this.#sizes.get(halfOctave);
    if (known !== undefined) return known;
    const added = new SizeClass();
    this.#sizes.set(halfOctave, added);
    return added;
  }
}

/** @throws StorageError `InvalidArgument`. */
export function checkBounds({ least = LEAST, most = MOST }: ConcurrencyBounds): void {
  if (Number.isSafeInteger(least) && Number.isSafeInteger(most) && 1 <= least && least <= most)
    return;
  throw new StorageError(
    'InvalidArgument',
    'the bounds of the concurrency are whole numbers of files, 1 or more, the lesser one first',
  );
}

/** Files of about the same size, whose latencies can be compared. */
class SizeClass {
  #latencies: number[] = [];
  /** Milliseconds, of an unhurried server. */
  #least = Number.POSITIVE_INFINITY;

  /** @returns the inflation of the latency, whenever a group of files is full. */
  add(latency: number, unhurried: boolean): number | undefined {
    this.#latencies.push(latency);
    if (this.#latencies.length < GROUP) return undefined;
    const typical = median(this.#latencies);
    this.#latencies = [];
    this.#least = unhurried ? typical : Math.min(this.#least, typical);
    return this.#least === 0 ? 1 : typical / this.#least;
  }

  /** Another limit holds. */
  begin(): void {
    this.#latencies = [];
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
