import { describe, expect, it } from 'vitest';
import {
  AdaptiveConcurrency,
  type Admitted,
  type ConcurrencyBounds,
} from '../../src/backfill/adaptive-concurrency.js';

interface Server {
  /** Files that it works on at once; others wait. */
  capacity: number;
  /** Milliseconds for a file of this size. */
  readonly latency: (size: number) => number;
  /** Files under way from which on it refuses. */
  refusesFrom: number;
}

interface InFlight {
  readonly admitted: Admitted;
  readonly size: number;
  readonly latency: number;
  readonly end: number;
  readonly refused: boolean;
}

/**
 * A server whose latency rises with its load, and a client that has as many files under way as it may. Time is simulated; the latency
 * varies by a fifth either way, in a fixed sequence.
 */
class Load {
  readonly concurrency: AdaptiveConcurrency;
  readonly server: Server;
  /** Limits that held when a file ended. */
  limits: number[] = [];
  #time = 0;
  #dice = 1;
  readonly #underWay: InFlight[] = [];

  constructor(server: Partial<Server>, bounds: ConcurrencyBounds = {}) {
    this.server = { capacity: 10, latency: () => 20, refusesFrom: 1_000, ...server };
    this.concurrency = new AdaptiveConcurrency(bounds);
  }

  /** @returns files a second. */
  run(files: number, sizeOf: (file: number) => number = () => 1_000, atMost = 1_000): number {
    const begin = this.#time;
    this.limits = [];
    for (let file = 0; file < files; file++) {
      while (this.#underWay.length >= Math.min(atMost, this.concurrency.limit)) this.#end();
      this.#begin(sizeOf(file));
    }
    while (this.#underWay.length > 0) this.#end();
    return files / ((this.#time - begin) / 1000);
  }

  #begin(size: number): void {
    const { capacity, latency, refusesFrom } = this.server;
    const load = this.#underWay.length + 1;
    const refused = load > refusesFrom;
    const queueing = Math.max(1, load / capacity);
    const took = refused ? 5 : latency(size) * queueing * (0.8 + 0.4 * this.#random());
    const admitted = this.concurrency.begin();
    this.#underWay.push({ admitted, size, latency: took, end: this.#time + took, refused });
  }

  #end(): void {
    this.#underWay.sort((a, b) => a.end - b.end);
    const ended = this.#underWay.shift();
    if (ended === undefined) return;
    const { admitted, size, latency, refused } = ended;
    this.#time = ended.end;
    if (refused) this.concurrency.overloaded(admitted);
    this.concurrency.end(admitted, refused ? undefined : { size, latency });
    this.limits.push(this.concurrency.limit);
  }

  /** https://en.wikipedia.org/wiki/Lehmer_random_number_generator */
  #random(): number {
    this.#dice = (this.#dice * 48_271) % 2_147_483_647;
    return this.#dice / 2_147_483_647;
  }
}

/** In the second half: what nine of ten limits reach at least, and what nine of ten do not go beyond. */
function lateLimits(limits: readonly number[]) {
  const late = limits.slice(Math.floor(limits.length / 2)).sort((a, b) => a - b);
  const share = (part: number) => late[Math.floor(part * late.length)];
  return { from: share(0.1), to: share(0.9), most: late.at(-1) };
}

describe('an adaptive concurrency', () => {
  it('finds the load at which a server gives nearly all it can, without a long queue', () => {
    const load = new Load({ capacity: 10 });
    const throughput = load.run(5_000);
    expect(throughput).toBeGreaterThan(0.9 * (10 / 0.02)); // 10 files in 20 ms
    const { from, most } = lateLimits(load.limits);
    expect(from).toBeGreaterThanOrEqual(10);
    expect(most).toBeLessThanOrEqual(25);
  });

  it('grows to its upper bound on a server that can take it, and not beyond', () => {
    const load = new Load({ capacity: 1_000 }, { most: 48 });
    load.run(3_000);
    expect(load.concurrency.limit).toBe(48);
    expect(Math.max(...load.limits)).toBe(48);
  });

  it('tells size from slowness: small and large files, mixed', () => {
    const load = new Load({ capacity: 12, latency: (size) => 10 + size / 10_000 });
    load.run(8_000, (file) => (file % 7 === 0 ? 8_000_000 : 2_000));
    const { from, to } = lateLimits(load.limits);
    expect(from).toBeGreaterThanOrEqual(8);
    expect(to).toBeLessThanOrEqual(30);
  });

  it('tells size from slowness: ever larger files', () => {
    const load = new Load({ capacity: 64, latency: (size) => 10 + size / 10_000 });
    load.run(6_000, (file) => file * 2_000);
    expect(load.concurrency.limit).toBeGreaterThanOrEqual(48);
  });

  it('shrinks when the server becomes slower, and grows again when it recovers', () => {
    const load = new Load({ capacity: 40 });
    load.run(4_000);
    const before = load.concurrency.limit;
    load.server.capacity = 5;
    load.run(1_000);
    const slow = load.concurrency.limit;
    load.server.capacity = 40;
    load.run(4_000);
    expect(before).toBeGreaterThanOrEqual(40);
    expect(slow).toBeLessThanOrEqual(15);
    expect(load.concurrency.limit).toBeGreaterThanOrEqual(40);
  });

  it('halves where the server refuses, once for all that were under way', () => {
    const concurrency = new AdaptiveConcurrency({ least: 2, most: 100 });
    const files = { size: 1, latency: 10 };
    while (concurrency.limit < 32) {
      const admitted = Array.from({ length: concurrency.limit }, () => concurrency.begin());
      for (const file of admitted) concurrency.end(file, files);
    }
    const admitted = Array.from({ length: 32 }, () => concurrency.begin());
    for (const file of admitted) concurrency.overloaded(file);
    expect(concurrency.limit).toBe(16);
    const next = concurrency.begin();
    concurrency.overloaded(next);
    expect(concurrency.limit).toBe(8);
  });

  it('stays about where a server begins to refuse', () => {
    const load = new Load({ capacity: 1_000, refusesFrom: 20 });
    load.run(10_000);
    const { from, most } = lateLimits(load.limits);
    expect(from).toBeGreaterThanOrEqual(10);
    expect(most).toBeLessThanOrEqual(22);
  });

  it('does not grow where something else keeps files from being under way', () => {
    const load = new Load({ capacity: 1_000 });
    load.run(2_000, undefined, 3);
    expect(load.concurrency.limit).toBe(4);
  });

  it('does not go below its lower bound, whatever happens', () => {
    const load = new Load({ refusesFrom: 0 }, { least: 3 });
    load.run(200);
    expect(load.concurrency.limit).toBe(3);
  });

  it('comes to the same limits by the same observations', () => {
    const run = () => {
      const load = new Load({ capacity: 9 });
      load.run(1_000);
      return load.limits;
    };
    expect(run()).toEqual(run());
  });

  it.each([{ least: 0 }, { least: 5, most: 4 }, { most: 1.5 }, { most: Number.NaN }])(
    'is refused with the bounds %o',
    (bounds) => {
      expect(() => new AdaptiveConcurrency(bounds)).toThrow(
        expect.objectContaining({ code: 'InvalidArgument' }),
      );
    },
  );
});
