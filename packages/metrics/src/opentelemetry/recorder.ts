import type { Attributes, Counter, Gauge, Histogram, Meter } from '@opentelemetry/api';
import {
  type CounterId,
  DURATION_BUCKETS,
  type GaugeId,
  type HistogramId,
  type Labels,
  METRICS,
  type Metric,
  type MetricId,
} from '../metric.js';
import type { Recorder } from '../recorder.js';

/** Metrics as instruments of a meter. */
export class OpenTelemetryRecorder implements Recorder {
  readonly #counters = new Map<MetricId, Counter>();
  readonly #gauges = new Map<MetricId, Gauge>();
  readonly #histograms = new Map<MetricId, Histogram>();

  constructor(meter: Meter) {
    for (const id of Object.keys(METRICS) as MetricId[]) this.#create(meter, id);
  }

  #create(meter: Meter, id: MetricId): void {
    const { kind, name: short, unit, of, help: description }: Metric = METRICS[id];
    const name = `storage.${short}`;
    const settings = { unit: of === undefined ? unit : `{${of}}`, description };
    if (kind === 'counter') this.#counters.set(id, meter.createCounter(name, settings));
    else if (kind === 'gauge') this.#gauges.set(id, meter.createGauge(name, settings));
    else {
      const advice = { explicitBucketBoundaries: [...DURATION_BUCKETS] };
      this.#histograms.set(id, meter.createHistogram(name, { ...settings, advice }));
    }
  }

  add<Id extends CounterId>(id: Id, labels: Labels<Id>, by = 1): void {
    this.#counters.get(id)?.add(by, attributesOf(labels));
  }

  set<Id extends GaugeId>(id: Id, labels: Labels<Id>, value: number): void {
    this.#gauges.get(id)?.record(value, attributesOf(labels));
  }

  observe<Id extends HistogramId>(id: Id, labels: Labels<Id>, value: number): void {
    this.#histograms.get(id)?.record(value, attributesOf(labels));
  }
}

/** Labels below `storage.`; an error's code under the name that the conventions have for it. */
function attributesOf(labels: Readonly<Record<string, string | undefined>>): Attributes {
  const attributes: Attributes = {};
  for (const [label, value] of Object.entries(labels)) {
    if (value !== undefined)
      attributes[label === 'code' ? 'error.type' : `storage.${label}`] = value;
  }
  return attributes;
}
