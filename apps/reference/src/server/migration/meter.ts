import {
  type MigrationEvent,
  Progress,
  type ProgressSnapshot,
  type Run,
  type Sample,
} from '@org/storage-migration';
import type { Count, PaceState, RatePoint } from './state.js';

/** Milliseconds between two points, and that they are kept. */
const STEP = 1_000;
const KEPT = 60_000;

/** Milliseconds over which what goes on in another process is told as what goes on now. */
const LATELY = 15_000;

/** How fast this process works: a point each second, of the last minute. */
export class Meter {
  #progress = new Progress();
  #points: RatePoint[] = [];
  #timer: NodeJS.Timeout | undefined;
  #before: Count = { files: 0, bytes: 0 };
  #last = 0;

  /** A run begins. @param total where it is known beforehand. */
  begin(total?: Count): void {
    this.#progress = new Progress(total);
    this.#before = { files: 0, bytes: 0 };
    this.#last = performance.now();
    this.#timer ??= setInterval(() => this.#step(), STEP).unref();
  }

  record(event: MigrationEvent): void {
    if (event.type === 'scanning' && this.snapshot().phase === 'working') this.begin();
    this.#progress.record(event);
  }

  snapshot(): ProgressSnapshot {
    return this.#progress.snapshot();
  }

  end(): void {
    this.#step();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Of the last minute, whatever was at work then. */
  get points(): readonly RatePoint[] {
    const from = Date.now() - KEPT;
    return this.#points.filter(({ at }) => Date.parse(at) > from);
  }

  #step(): void {
    const now = performance.now();
    const seconds = (now - this.#last) / 1000;
    if (seconds < 0.2) return; // of so short a time, a rate says nothing
    const { done } = this.snapshot();
    const rate = (value: number, before: number) => Math.max(0, value - before) / seconds;
    this.#points = [
      ...this.points,
      {
        at: new Date().toISOString(),
        files: rate(done.files, this.#before.files),
        bytes: rate(done.bytes, this.#before.bytes),
      },
    ];
    this.#before = done;
    this.#last = now;
  }
}

/** The same of another process, by the samples in the journal. */
export function paceBySamples(run: Run, samples: readonly Sample[], left: Count): PaceState {
  const start: Sample = { at: run.started, files: 0, bytes: 0, failed: 0, retries: 0 };
  const from = Date.now() - KEPT;
  const points = [start, ...samples].flatMap((sample, index, all): RatePoint[] => {
    const before = all[index - 1];
    const seconds = before === undefined ? 0 : (sample.at.getTime() - before.at.getTime()) / 1000;
    if (before === undefined || seconds <= 0 || sample.at.getTime() < from) return [];
    const rate = (value: number, earlier: number) => Math.max(0, value - earlier) / seconds;
    return [
      {
        at: sample.at.toISOString(),
        files: rate(sample.files, before.files),
        bytes: rate(sample.bytes, before.bytes),
      },
    ];
  });
  const last = points.at(-1);
  const now =
    last !== undefined && Date.now() - Date.parse(last.at) < LATELY ? last : { files: 0, bytes: 0 };
  // Small files cost by their number, large ones by their bytes: the longer of the two estimates holds.
  const times = [
    ...(now.files > 0 ? [left.files / now.files] : []),
    ...(now.bytes > 0 ? [left.bytes / now.bytes] : []),
  ];
  return {
    files: now.files,
    bytes: now.bytes,
    secondsLeft: times.length === 0 ? null : Math.max(...times),
    points,
  };
}
