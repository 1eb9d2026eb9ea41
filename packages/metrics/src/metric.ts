/** What is measured, as OpenTelemetry has it: dotted names below `storage.`, units by UCUM. */
export interface Metric {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  /** `s` seconds · `By` bytes · `1` a number of things, or something that is or is not */
  readonly unit: 's' | 'By' | '1';
  /** Of a number of things: what one of them is called. */
  readonly of?: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/**
 * All metrics. Labels take few values each: names of providers, operations, error codes, states. A key is none. A label that does
 * not apply is left out.
 */
export const METRICS = {
  operations: {
    kind: 'counter',
    name: 'operations',
    unit: '1',
    of: 'operation',
    labels: ['provider', 'operation', 'outcome', 'code'],
    help: 'Operations that have ended: outcome success or failure, and the code of the error.',
  },
  operationDuration: {
    kind: 'histogram',
    name: 'operation.duration',
    unit: 's',
    labels: ['provider', 'operation'],
    help: 'Duration of operations; of a download until its body is handed out, of a listing until it has ended.',
  },
  operationsInFlight: {
    kind: 'gauge',
    name: 'operations.in_flight',
    unit: '1',
    of: 'operation',
    labels: ['provider', 'operation'],
    help: 'Operations that are under way.',
  },
  transferred: {
    kind: 'counter',
    name: 'transferred',
    unit: 'By',
    labels: ['provider', 'direction'],
    help: 'Bytes: down as bodies are filled, up when an upload has succeeded.',
  },
  openBodies: {
    kind: 'gauge',
    name: 'open_bodies',
    unit: '1',
    of: 'body',
    labels: ['provider'],
    help: 'Bodies of downloads that were handed out and have not closed.',
  },
  bodies: {
    kind: 'counter',
    name: 'bodies',
    unit: '1',
    of: 'body',
    labels: ['provider', 'state', 'code'],
    help: 'Bodies of downloads that have closed: read to the end, left, or failed, with the code of the error.',
  },
  healthy: {
    kind: 'gauge',
    name: 'healthy',
    unit: '1',
    labels: ['provider'],
    help: 'What the last checkHealth found: 1 healthy, 0 not.',
  },
  writable: {
    kind: 'gauge',
    name: 'writable',
    unit: '1',
    labels: ['provider'],
    help: 'What the last trial of a HealthCheck found: 1 a file could be created, read and deleted, 0 not.',
  },
  retries: {
    kind: 'counter',
    name: 'retries',
    unit: '1',
    of: 'attempt',
    labels: ['provider', 'operation', 'code'],
    help: 'Attempts after which the retry layer tries again.',
  },
  circuitOpen: {
    kind: 'gauge',
    name: 'circuit.open',
    unit: '1',
    labels: ['provider'],
    help: 'Circuit breaker: 0 closed, 1 open, 0.5 half open.',
  },
  fallbackReads: {
    kind: 'counter',
    name: 'fallback_reads',
    unit: '1',
    of: 'read',
    labels: ['provider', 'reason'],
    help: 'Reads that the source answered for the target: not-copied or target-unavailable.',
  },
  leftovers: {
    kind: 'counter',
    name: 'leftovers',
    unit: '1',
    of: 'file',
    labels: ['provider'],
    help: 'Shadowed copies in the source that could not be dropped after a write or delete.',
  },
  hybridStage: {
    kind: 'gauge',
    name: 'hybrid.stage',
    unit: '1',
    labels: ['provider', 'stage'],
    help: '1 for the stage that the process is in, 0 for those that it has left.',
  },
  cutOver: {
    kind: 'gauge',
    name: 'cut_over',
    unit: '1',
    labels: [],
    help: '1 when reads of the source are not expected any more, else 0.',
  },
  spoolEntries: {
    kind: 'gauge',
    name: 'spool.entries',
    unit: '1',
    of: 'entry',
    labels: ['provider'],
    help: 'Writes and deletes that wait in the spool.',
  },
  spoolSize: {
    kind: 'gauge',
    name: 'spool.size',
    unit: 'By',
    labels: ['provider'],
    help: 'Bytes that wait in the spool.',
  },
  spoolOldest: {
    kind: 'gauge',
    name: 'spool.oldest_age',
    unit: 's',
    labels: ['provider'],
    help: 'Age of the oldest entry of the spool; 0 for an empty one.',
  },
  spoolEvents: {
    kind: 'counter',
    name: 'spool.events',
    unit: '1',
    of: 'event',
    labels: ['provider', 'event'],
    help: 'What happened in the spool: spooled, drained, conflict, failed, full.',
  },
  migrationRunning: {
    kind: 'gauge',
    name: 'migration.running',
    unit: '1',
    of: 'run',
    labels: ['kind'],
    help: 'Runs that are under way in this process.',
  },
  migrationRuns: {
    kind: 'counter',
    name: 'migration.runs',
    unit: '1',
    of: 'run',
    labels: ['kind', 'outcome'],
    help: 'Runs that have ended: complete, incomplete, interrupted, stopped, verified or failed.',
  },
  migrationFiles: {
    kind: 'counter',
    name: 'migration.files',
    unit: '1',
    of: 'file',
    labels: ['kind', 'result'],
    help: 'Files by what became of them in runs.',
  },
  migrationBytes: {
    kind: 'counter',
    name: 'migration.sent',
    unit: 'By',
    labels: [],
    help: 'Bytes that the target has taken in runs that copy, those of failed attempts included.',
  },
  migrationPending: {
    kind: 'gauge',
    name: 'migration.pending',
    unit: '1',
    of: 'file',
    labels: [],
    help: 'Files that the run under way has still to look at; 0 when none is.',
  },
  migrationPendingSize: {
    kind: 'gauge',
    name: 'migration.pending.size',
    unit: 'By',
    labels: [],
    help: 'Their bytes.',
  },
  migrationRetries: {
    kind: 'counter',
    name: 'migration.retries',
    unit: '1',
    of: 'attempt',
    labels: ['code'],
    help: 'Attempts at files after which a run tries again.',
  },
  migrationSkipped: {
    kind: 'counter',
    name: 'migration.skipped',
    unit: '1',
    of: 'entry',
    labels: ['reason'],
    help: 'Things in the source that inventories skipped: link, special, invalid-name, unreadable.',
  },
  migrationWaiting: {
    kind: 'gauge',
    name: 'migration.waiting',
    unit: '1',
    labels: ['reason'],
    help: '1 while a run begins no file: paused, or outside of its window.',
  },
  migrationIdle: {
    kind: 'gauge',
    name: 'migration.idle',
    unit: 's',
    labels: [],
    help: 'Time since the last progress of a run that has files to do and does not wait; else 0.',
  },
  syncFailures: {
    kind: 'gauge',
    name: 'sync.failed_rounds',
    unit: '1',
    of: 'round',
    labels: [],
    help: 'Rounds of a background sync that failed in a row.',
  },
  syncRounds: {
    kind: 'counter',
    name: 'sync.rounds',
    unit: '1',
    of: 'round',
    labels: ['outcome'],
    help: 'Rounds of a background sync: success or failure.',
  },
  diskFree: {
    kind: 'gauge',
    name: 'disk.free',
    unit: 'By',
    labels: ['disk'],
    help: 'Room on the file system of a watched directory, for users without privileges.',
  },
  diskSize: {
    kind: 'gauge',
    name: 'disk.size',
    unit: 'By',
    labels: ['disk'],
    help: 'Size of that file system.',
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricId = keyof typeof METRICS;

type OfKind<Kind extends Metric['kind']> = {
  [Id in MetricId]: (typeof METRICS)[Id]['kind'] extends Kind ? Id : never;
}[MetricId];

export type CounterId = OfKind<'counter'>;
export type GaugeId = OfKind<'gauge'>;
export type HistogramId = OfKind<'histogram'>;

/** Values for labels of a metric. */
export type Labels<Id extends MetricId = MetricId> = {
  readonly [Label in (typeof METRICS)[Id]['labels'][number]]?: string | undefined;
};

/** Seconds: from a hit in memory to a large file over a slow line. */
export const DURATION_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];

const UNITS: Readonly<Record<Metric['unit'], string>> = { s: '_seconds', By: '_bytes', 1: '' };

/**
 * The name in Prometheus, by the rules that OpenTelemetry has for that: dots become underscores, the unit is spelt out, and a counter
 * ends in `_total`. https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
export function prometheusName(id: MetricId, prefix = 'storage'): string {
  const { kind, name, unit } = METRICS[id];
  const suffix = kind === 'counter' ? '_total' : '';
  return `${prefix}_${name.replaceAll('.', '_')}${UNITS[unit]}${suffix}`;
}
