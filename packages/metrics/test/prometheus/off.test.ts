import { channel } from 'node:diagnostics_channel';
import { OPERATIONS, operationChannel } from '@org/storage-core';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { watchAlerts, webhookSink } from '../../src/index.js';
import { openTelemetryMetrics, openTelemetrySpans } from '../../src/opentelemetry/index.js';
import { prometheusMetrics } from '../../src/prometheus/index.js';

const EVENTS = ['retry', 'circuit', 'body', 'health', 'hybrid', 'spool', 'migration', 'sync'];

const listened = () => [
  ...OPERATIONS.filter((operation) => operationChannel(operation).hasSubscribers),
  ...EVENTS.filter((name) => channel(`org.storage.${name}`).hasSubscribers),
];

it('listens to every channel while it is open, and to none after it was closed', async () => {
  const sinks = [webhookSink({ url: 'http://127.0.0.1:9/' })];
  const all = [...OPERATIONS, ...EVENTS];
  for (const [open, channels] of [
    [() => prometheusMetrics({ registry: new Registry() }), all],
    [() => openTelemetryMetrics(), all],
    [() => openTelemetrySpans(), OPERATIONS],
    [() => watchAlerts({ sinks }), all],
  ] as const) {
    expect(listened()).toEqual([]);
    const opened = open();
    expect(listened()).toEqual(channels);
    await opened.close();
    expect(listened()).toEqual([]);
  }
});
