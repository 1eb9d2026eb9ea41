import type { CounterId, GaugeId, HistogramId, Labels } from './metric.js';

/** Where measurements go. It must not throw. */
export interface Recorder {
  add<Id extends CounterId>(id: Id, labels: Labels<Id>, by?: number): void;
  set<Id extends GaugeId>(id: Id, labels: Labels<Id>, value: number): void;
  observe<Id extends HistogramId>(id: Id, labels: Labels<Id>, value: number): void;
}
