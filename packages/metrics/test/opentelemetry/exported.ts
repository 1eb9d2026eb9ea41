import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { onTestFinished } from 'vitest';
import { openTelemetryMetrics } from '../../src/opentelemetry/index.js';

/** Metrics as the SDK exports them, until the test has finished. */
export function exported() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  const metrics = openTelemetryMetrics({ meter: provider.getMeter('test') });
  onTestFinished(async () => {
    metrics.close();
    await provider.shutdown();
  });
  /** All of the last collection. */
  const collect = async () => {
    await provider.forceFlush();
    const last = exporter.getMetrics().at(-1)?.scopeMetrics ?? [];
    return last.flatMap(({ metrics: found }) => found);
  };
  return { metrics, collect };
}
