import type { AlertRule } from './rule.js';
import type { LabelValues } from './series.js';

/** What a sink is told. */
export interface Alert {
  readonly alert: string;
  readonly state: 'firing' | 'resolved';
  readonly severity: AlertRule['severity'];
  readonly summary: string;
  /** Address of the page that says what to do, if the rule has one. */
  readonly runbook?: string;
  /** Of the series that it is about, such as `{ provider: 's3' }`. */
  readonly labels: LabelValues;
  /** What was measured last while the rule held. */
  readonly value: number;
  /** When it began to fire. */
  readonly since: Date;
  /** When it was resolved. */
  readonly until?: Date;
}

/** Takes alerts to somebody. */
export interface AlertSink {
  /**
   * Told of all alerts that have begun to fire or were resolved since the last time, and from time to time again of those that still
   * fire. It is not waited for; what it fails with is told to `onError`.
   */
  send(alerts: readonly Alert[]): void | Promise<void>;
  /** Resolves when all has been sent, or given up. */
  close?(): Promise<void>;
}
