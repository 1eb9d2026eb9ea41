import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOperation, StorageError, type StorageErrorCode } from '@org/storage-core';
import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import { type PrometheusOptions, prometheusMetrics } from '../src/prometheus/index.js';

export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'metrics-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Metrics that are closed when the test ends, and how they are scraped: a value for each name and labels. */
export function measured(options: Partial<PrometheusOptions> = {}) {
  const registry = options.registry ?? new Registry();
  const metrics = prometheusMetrics({ registry, ...options });
  onTestFinished(() => metrics.close());
  return { registry, metrics, scrape: () => scrape(registry) };
}

export async function scrape(registry: Registry): Promise<Readonly<Record<string, number>>> {
  const lines = (await registry.metrics()).split('\n');
  const values = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    values.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** Operations of a provider, as the channels are told of them, that succeed or fail with a code. */
export async function perform(
  provider: string,
  times: number,
  code?: StorageErrorCode,
): Promise<void> {
  for (let i = 0; i < times; i++) {
    await runOperation({ operation: 'stat', provider, key: `key-${i}` }, async () => {
      if (code !== undefined) throw new StorageError(code, `no key-${i}`);
    }).catch(() => {});
  }
}
