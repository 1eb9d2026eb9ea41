import {
  type CounterId,
  type GaugeId,
  type HistogramId,
  type Labels,
  METRICS,
  type MetricId,
} from '../metric.js';
import type { Recorder } from '../recorder.js';

export type LabelValues = Readonly<Record<string, string>>;

export interface Series {
  readonly labels: LabelValues;
  readonly value: number;
}

interface Held {
  readonly labels: LabelValues;
  value: number;
  /** Values as they were at earlier moments, oldest first. */
  readonly past: { readonly at: number; readonly value: number }[];
}

/** The metrics in memory, with their past, for rules to look at. */
export class SeriesRecorder implements Recorder {
  readonly #metrics = new Map<MetricId, Map<string, Held>>();
  readonly #needed: ReadonlyMap<MetricId, number>;

  /** @param needed metrics that are to be held, and the milliseconds of past that are kept of each. */
  constructor(needed: ReadonlyMap<MetricId, number>) {
    this.#needed = needed;
  }

  add<Id extends CounterId>(id: Id, labels: Labels<Id>, by = 1): void {
    const held = this.#held(id, labels);
    if (held !== undefined) held.value += by;
  }

  set<Id extends GaugeId>(id: Id, labels: Labels<Id>, value: number): void {
    const held = this.#held(id, labels);
    if (held !== undefined) held.value = value;
  }

  observe<Id extends HistogramId>(_id: Id, _labels: Labels<Id>, _value: number): void {}

  /** Every series, with its value, or with what it changed by since so many milliseconds ago. */
  series(id: MetricId, now: number, over: number | undefined): Series[] {
    const found = [...(this.#metrics.get(id)?.values() ?? [])];
    return found.map(({ labels, value, past }) => {
      if (over === undefined) return { labels, value };
      const then = past.findLast(({ at }) => at <= now - over)?.value;
      // A counter began at 0 when it was first heard of; a gauge may have been as it is for long.
      const first = METRICS[id].kind === 'counter' ? 0 : (past[0]?.value ?? value);
      return { labels, value: value - (then ?? first) };
    });
  }

  /** Remembers the present values, and forgets those that are too old. */
  keep(now: number): void {
    for (const [id, metric] of this.#metrics) {
      const oldest = now - (this.#needed.get(id) ?? 0);
      for (const { past, value } of metric.values()) {
        past.push({ at: now, value });
        while ((past[1]?.at ?? Number.POSITIVE_INFINITY) <= oldest) past.shift();
      }
    }
  }

  #held(id: MetricId, labels: Readonly<Record<string, string | undefined>>): Held | undefined {
    if (!this.#needed.has(id)) return undefined;
    let metric = this.#metrics.get(id);
    if (metric === undefined) {
      metric = new Map();
      this.#metrics.set(id, metric);
    }
    const given = Object.entries(labels).filter((label) => label[1] !== undefined);
    const name = JSON.stringify(given);
    let held = metric.get(name);
    if (held === undefined) {
      held = { labels: Object.fromEntries(given) as LabelValues, value: 0, past: [] };
      metric.set(name, held);
    }
    return held;
  }
}
