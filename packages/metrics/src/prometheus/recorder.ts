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

/** Metrics in a registry of prom-client. */
export class PrometheusRecorder implements Recorder {
  readonly #registry: Registry;
  readonly #counters = new Map<MetricId, Counter>();
  readonly #gauges = new Map<MetricId, Gauge>();
  readonly #histograms = new Map<MetricId, Histogram>();
  readonly #names: string[] = [];

  /**
   * @param collect Awaited before a metric is read.
   * @throws Error of prom-client if the registry has a metric of one of the names.
   */
  constructor(registry: Registry, prefix: string, collect: () => Promise<void>) {
    this.#registry = registry;
    try {
      for (const id of Object.keys(METRICS) as MetricId[]) this.#register(id, prefix, collect);
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
    this.#counters.get(id)?.inc(given(labels), by);
  }

  set<Id extends GaugeId>(id: Id, labels: Labels<Id>, value: number): void {
    this.#gauges.get(id)?.set(given(labels), value);
  }

  observe<Id extends HistogramId>(id: Id, labels: Labels<Id>, value: number): void {
    this.#histograms.get(id)?.observe(given(labels), value);
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
