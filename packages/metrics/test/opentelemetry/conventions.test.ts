import {
  eventChannel,
  OPERATIONS,
  runOperation,
  StorageError,
  type StorageErrorCode,
} from '@org/storage-core';
import { expect, it } from 'vitest';
import { METRICS, type Metric, type MetricId } from '../../src/index.js';
import { measured } from '../fixtures.js';
import { exported } from './exported.js';

const CODES: readonly StorageErrorCode[] = ['NotFound', 'Throttled', 'Timeout'];

/** Operations of two providers on keys that nobody else has, with codes and without, and errors that are no `StorageError`. */
async function work(keys: number): Promise<void> {
  for (const provider of ['p', 'q'])
    for (const operation of OPERATIONS)
      for (let i = 0; i < keys; i++) {
        const key = `key-${keys}-${i}`;
        const code = CODES[i % CODES.length];
        const about = { operation, provider, key };
        await runOperation(about, async () => ({ size: 1, healthy: true }));
        await runOperation(about, async () => {
          throw i % 2 === 0 && code !== undefined
            ? new StorageError(code, `no ${key}`)
            : new Error(`strange ${key}`);
        }).catch(() => {});
        eventChannel('org.storage.hybrid').publish({
          ...{ type: 'source-read', provider, key, reason: 'not-copied' },
        });
        eventChannel('org.storage.migration').publish({
          ...{ run: `run ${key}`, kind: 'migrate' },
          step: { type: 'file', key, size: 1, state: 'copied' },
        });
      }
}

it('names are dotted words below `storage.`, and units say what is counted', async () => {
  const { collect } = exported();
  await work(2);
  const ours = new Map(
    (Object.keys(METRICS) as MetricId[]).map((id) => {
      const metric: Metric = METRICS[id];
      return [`storage.${metric.name}`, metric];
    }),
  );
  for (const { descriptor } of await collect()) {
    if (descriptor.name === 'storage.observed') continue;
    expect(descriptor.name).toMatch(/^storage(\.[a-z][a-z_]*)+$/);
    const { unit, of } = ours.get(descriptor.name) ?? {};
    expect(descriptor.unit).toBe(of === undefined ? unit : `{${of}}`);
    expect(descriptor.description).not.toBe('');
  }
  // https://opentelemetry.io/docs/specs/semconv/general/metrics/#instrument-units
  for (const { kind, unit, of, name } of ours.values())
    if (kind === 'counter')
      expect({ name, counted: unit !== '1' || of !== undefined }).toEqual({ name, counted: true });
});

it('attributes are those of the metric and no others, whatever an application does', async () => {
  const { collect } = exported();
  await work(2);
  const allowed = new Map(
    (Object.keys(METRICS) as MetricId[]).map((id) => {
      const { name, labels }: Metric = METRICS[id];
      const names = labels.map((label) => (label === 'code' ? 'error.type' : `storage.${label}`));
      return [`storage.${name}`, names];
    }),
  );
  for (const { descriptor, dataPoints } of await collect())
    for (const { attributes } of dataPoints)
      for (const name of Object.keys(attributes))
        expect(allowed.get(descriptor.name) ?? [], descriptor.name).toContain(name);
});

it('the number of series does not grow with keys, runs and messages', async () => {
  const { scrape } = measured();
  const { collect } = exported();
  const counted = async () => ({
    prometheus: Object.keys(await scrape()).length,
    openTelemetry: (await collect()).reduce((sum, { dataPoints }) => sum + dataPoints.length, 0),
  });
  await work(12);
  const before = await counted();
  expect(before.openTelemetry).toBeGreaterThan(100);
  await work(60);
  expect(await counted()).toEqual(before);
  expect(JSON.stringify(await scrape())).not.toContain('key-');
});
