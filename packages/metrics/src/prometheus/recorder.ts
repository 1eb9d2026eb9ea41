import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import {
  type CounterId,
  DURATION_BUCKETS,
  type GaugeId,
  type HistogramId,
  type Labels,
  METRICS,
  type Metric,
  type MetricId,
  prometheusName,
} from '../metric.js';
import type { Recorder } from '../recorder.js';

/** A series of a counter or a gauge, as it has been since the registry was told last. */
interface Held {
  readonly labels: Readonly<Record<string, string>>;
  /** What a counter has increased by, or a gauge is at. */
  value: number;
  readonly tell: (held: Held) => void;
}

/**
 * Metrics in a registry of prom-client. It is told of counters and gauges when they are read: that takes it longer than most of what an
 * operation adds to them, of which there is much more than of scrapes.
 */
export class PrometheusRecorder implements Recorder {
  readonly #registry: Registry;
  readonly #counters = new Map<MetricId, Counter>();
  readonly #gauges = new Map<MetricId, Gauge>();
  readonly #histograms = new Map<MetricId, Histogram>();
  readonly #names: string[] = [];
  readonly #held = new Map<MetricId, Map<string, Held>>();
  /** Those that the registry has not been told of. */
  readonly #news = new Set<Held>();

  /**
   * @param collect Awaited before a metric is read.
   * @throws Error of prom-client if the registry has a metric of one of the names.
   */
  constructor(registry: Registry, prefix: string, collect: () => Promise<void>) {
    this.#registry = registry;
    const told = async () => {
      await collect();
      this.#tell();
    };
    try {
      for (const id of Object.keys(METRICS) as MetricId[]) this.#register(id, prefix, told);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  #register(id: MetricId, prefix: string, collect: () => Promise<void>): void {
    const { kind, help, labels }: Metric = METRICS[id];
    const name = prometheusName(id, prefix);
    const registers = [this.#registry];
    const settings = { name, help, labelNames: [...labels], registers, collect };
    if (kind === 'counter') this.#counters.set(id, new Counter(settings));
    else if (kind === 'gauge') this.#gauges.set(id, new Gauge(settings));
    else this.#histograms.set(id, new Histogram({ ...settings, buckets: [...DURATION_BUCKETS] }));
    this.#names.push(name);
  }

  add<Id extends CounterId>(id: Id, labels: Labels<Id>, by = 1): void {
    const held = this.#hold(id, labels, (each) => {
      this.#counters.get(id)?.inc(each.labels, each.value);
      each.value = 0;
    });
    held.value += by;
    this.#news.add(held);
  }

  set<Id extends GaugeId>(id: Id, labels: Labels<Id>, value: number): void {
    const held = this.#hold(id, labels, (each) =>
      this.#gauges.get(id)?.set(each.labels, each.value),
    );
    held.value = value;
    this.#news.add(held);
  }

  observe<Id extends HistogramId>(id: Id, labels: Labels<Id>, value: number): void {
    this.#histograms.get(id)?.observe(given(labels), value);
  }

  #hold(
    id: MetricId,
    labels: Readonly<Record<string, string | undefined>>,
    tell: (held: Held) => void,
  ): Held {
    let metric = this.#held.get(id);
    if (metric === undefined) {
      metric = new Map();
      this.#held.set(id, metric);
    }
    let name = '';
    for (const label of METRICS[id].labels) {
      const value = labels[label];
      name += value === undefined ? '-' : `${value.length}:${value}`;
    }
    let held = metric.get(name);
    if (held === undefined) {
      held = { labels: given(labels), value: 0, tell };
      metric.set(name, held);
    }
    return held;
  }

  #tell(): void {
    for (const held of this.#news) held.tell(held);
    this.#news.clear();
  }

  remove(): void {
    for (const name of this.#names) this.#registry.removeSingleMetric(name);
  }
}

/** prom-client would write `undefined` for a label that does not apply. */
function given(labels: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const known: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) if (value !== undefined) known[name] = value;
  return known;
}
