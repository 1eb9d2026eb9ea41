import type { Key } from '@org/storage-core';
import type { MigrationEvent } from '../event.js';
import type { Count } from '../journal/journal.js';

export interface ProgressSnapshot {
  readonly phase: 'scanning' | 'working';
  /** In the inventory phase: seen so far. Then: to be done in this run. */
  readonly total: Count;
  readonly done: Count;
  /** Bytes that were read for the checksums of the large files which are not being sent yet. */
  readonly hashed: number;
  /** Bytes a second, over the last seconds. */
  readonly byteRate: number;
  /** Files a second, over the last seconds. */
  readonly fileRate: number;
  /** Seconds until all is done at this rate; `undefined` before there is a rate. */
  readonly secondsLeft: number | undefined;
}

interface Sample {
  readonly time: number;
  readonly done: Count;
}

/** Milliseconds between two samples at the least, and over which rates are told. */
const SAMPLE_INTERVAL = 500;
const WINDOW = 10_000;

/** What the events of a run add up to: counts, rates over the last ten seconds, time left. */
export class Progress {
  readonly #now: () => number;
  readonly #inFlight = new Map<Key, number>();
  readonly #hashing = new Map<Key, number>();
  readonly #samples: Sample[] = [];
  #phase: ProgressSnapshot['phase'] = 'scanning';
  #total: Count;
  #files = 0;
  #bytes = 0;

  /** `total` where it is known beforehand; `now` tells milliseconds of a clock that does not jump. */
  constructor(total?: Count, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#total = total ?? { files: 0, bytes: 0 };
    if (total !== undefined) this.#begin();
  }

  record(event: MigrationEvent): void {
    switch (event.type) {
      case 'scanning':
        this.#total = event.seen;
        break;
      case 'scanned':
        this.#total = event.todo;
        this.#begin();
        break;
      case 'hashing':
        this.#hashing.set(event.key, event.bytes);
        break;
      case 'transfer':
        this.#hashing.delete(event.key);
        this.#inFlight.set(event.key, event.bytes);
        break;
      case 'retry':
        this.#hashing.delete(event.key);
        this.#inFlight.delete(event.key);
        break;
      case 'file':
      case 'verified':
      case 'outcome':
        this.#hashing.delete(event.key);
        this.#inFlight.delete(event.key);
        this.#files++;
        this.#bytes += event.size;
        break;
    }
  }

  snapshot(): ProgressSnapshot {
    const time = this.#now();
    const done = { files: this.#files, bytes: this.#bytes + sumOf(this.#inFlight) };
    const first = this.#sample({ time, done });
    const seconds = (time - first.time) / 1000;
    const rate = (now: number, then: number) =>
      seconds > 0 ? Math.max(0, now - then) / seconds : 0;
    const byteRate = rate(done.bytes, first.done.bytes);
    const fileRate = rate(done.files, first.done.files);
    return {
      phase: this.#phase,
      total: this.#total,
      done,
      hashed: sumOf(this.#hashing),
      byteRate,
      fileRate,
      secondsLeft: this.#secondsLeft(done, byteRate, fileRate),
    };
  }

  /** From here on there is a rate. */
  #begin(): void {
    this.#phase = 'working';
    this.#samples.length = 0;
    this.#samples.push({ time: this.#now(), done: { files: 0, bytes: 0 } });
  }

  /** Adds a sample. @returns the one that begins the window. */
  #sample(sample: Sample): Sample {
    const samples = this.#samples;
    const last = samples.at(-1);
    if (last === undefined || sample.time - last.time >= SAMPLE_INTERVAL) samples.push(sample);
    while (samples.length > 2 && sample.time - (samples[1]?.time ?? 0) >= WINDOW) samples.shift();
    return samples[0] ?? sample;
  }

  /** Small files cost by their number, large ones by their bytes: the longer of the two estimates holds. */
  #secondsLeft(done: Count, byteRate: number, fileRate: number): number | undefined {
    if (this.#phase === 'scanning' || (byteRate === 0 && fileRate === 0)) return undefined;
    const bytes = byteRate > 0 ? (this.#total.bytes - done.bytes) / byteRate : 0;
    const files = fileRate > 0 ? (this.#total.files - done.files) / fileRate : 0;
    return Math.max(0, bytes, files);
  }
}

function sumOf(bytes: ReadonlyMap<Key, number>): number {
  return [...bytes.values()].reduce((sum, count) => sum + count, 0);
}
