import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { content, drain, KIB, many, repeat } from './work.mjs';

/** What listens is loaded by those contestants that have it. */
const require = createRequire(import.meta.url);

const SIZE = 16 * KIB;
const KEYS = 100;

/** By contestant: begins to listen before the provider is made. @returns what a scrape or an export does, and what ends it. */
const listeners = {
  'no subscriber': () => ({}),
  'opened and closed': () => {
    listeners.Prometheus().close();
    listeners.OpenTelemetry().close();
    return {};
  },
  Prometheus() {
    const { Registry } = require('prom-client');
    const { prometheusMetrics } = require('@org/storage-metrics/prometheus');
    const registry = new Registry();
    const metrics = prometheusMetrics({ registry });
    return { collect: () => registry.metrics(), close: () => metrics.close() };
  },
  OpenTelemetry() {
    const sdk = require('@opentelemetry/sdk-metrics');
    const { openTelemetryMetrics } = require('@org/storage-metrics/opentelemetry');
    const reader = new sdk.PeriodicExportingMetricReader({
      exporter: new sdk.InMemoryMetricExporter(sdk.AggregationTemporality.DELTA),
      exportIntervalMillis: 3_600_000,
    });
    const provider = new sdk.MeterProvider({ readers: [reader] });
    const metrics = openTelemetryMetrics({ meter: provider.getMeter('benchmark') });
    return {
      collect: () => reader.collect(),
      async close() {
        metrics.close();
        await provider.shutdown();
      },
    };
  },
  alerts() {
    const { watchAlerts } = require('@org/storage-metrics');
    const watch = watchAlerts({ sinks: [], every: 3_600_000 });
    return { collect: () => watch.check(), close: () => watch.close() };
  },
};

const bucket = ({ connection }) => new S3StorageProvider({ ...connection, server: 'aws' });

async function directory({ directory: below }) {
  const root = join(below, randomUUID());
  await mkdir(root);
  return new LocalStorageProvider({ root });
}

/** @param operation `(storage, key)`, of files that are there. */
function contest(open, operation, { count, atOnce }) {
  return Object.fromEntries(
    Object.entries(listeners).map(([name, listen]) => [
      name,
      async (setting) => {
        const { collect = () => {}, close = () => {} } = listen();
        const storage = await open(setting);
        const prefix = randomUUID();
        const key = (n) => `${prefix}/${n % KEYS}.bin`;
        await repeat(KEYS, 8, (n) => storage.upload(key(n), content(SIZE)));
        return {
          async work() {
            await repeat(count, atOnce, (n) => operation(storage, key(n)));
            await collect(); // once for each round, as often as somebody scrapes
          },
          async close() {
            await close();
            await storage.close();
          },
        };
      },
    ]),
  );
}

const read = async (storage, key) => drain((await storage.download(key)).body, SIZE);
const write = (storage, key) => storage.upload(key, content(SIZE));
const look = (storage, key) => storage.stat(key);

const described = (count, atOnce, bytes = SIZE) => ({
  operations: count,
  bytes,
  atOnce,
  baseline: 'no subscriber',
});

const S3 = { count: many(1_000), atOnce: 8 };
const LOCAL = { count: many(3_000), atOnce: 8 };

export const metricsCases = {
  'metrics: S3, read 16 KiB': {
    ...described(S3.count, S3.atOnce),
    about: 'A file, eight at once, read to the end.',
    contestants: contest(bucket, read, S3),
  },
  'metrics: S3, write 16 KiB': {
    ...described(S3.count, S3.atOnce),
    about: 'Bytes in memory in place of a file, eight at once.',
    contestants: contest(bucket, write, S3),
  },
  'metrics: local, read 16 KiB': {
    ...described(LOCAL.count, LOCAL.atOnce),
    about: 'A file, eight at once, read to the end.',
    contestants: contest(directory, read, LOCAL),
  },
  'metrics: local, stat': {
    ...described(LOCAL.count, LOCAL.atOnce, 0),
    about: 'The cheapest operation there is, eight at once.',
    contestants: contest(directory, look, LOCAL),
  },
};
