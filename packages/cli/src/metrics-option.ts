import type { RequestListener } from 'node:http';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { StorageError } from '@org/storage-core';
import { type AlertSink, logSink, watchAlerts, webhookSink } from '@org/storage-metrics';
import { startHealthServer } from '@org/storage-migration';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { writeJson } from './display.js';
import { type EndpointOptions, locate } from './endpoints.js';
import { printable } from './format.js';
import { isAddress } from './journal-place.js';

/** Options of the commands that may be watched. */
interface MetricsCommandOptions {
  readonly alertWebhook?: string;
  readonly alertLog: boolean;
}

/** Of a command that has no server of its own. */
export interface MetricsPortOptions extends MetricsCommandOptions {
  readonly metricsPort?: number;
  readonly metricsHost?: string;
}

/** Of a command with a health server. */
export interface MetricsPathOptions extends MetricsCommandOptions {
  readonly metrics: boolean;
  readonly healthPort?: number;
}

export function withMetricsPath(command: Command): Command {
  return withAlertOptions(
    command.option('--metrics', 'answer GET /metrics at --health-port, for Prometheus', false),
  );
}

export function withMetricsPort(command: Command): Command {
  return withAlertOptions(
    command
      .option('--metrics-port <port>', 'answer GET /metrics there, for Prometheus', parsePort)
      .option('--metrics-host <address>', 'for whom: 127.0.0.1 is this host only (default)'),
  );
}

function withAlertOptions(command: Command): Command {
  const webhook = new Option(
    '--alert-webhook <url>',
    'post alerts there, as Alertmanager does; STORAGE_ALERT_SECRET signs them',
  );
  return command
    .addOption(webhook.env('STORAGE_ALERT_WEBHOOK'))
    .option(
      '--alert-log',
      'write alerts to standard error, or with --json among the events',
      false,
    );
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('It takes a port: a number up to 65535.');
  return port;
}

/** What a command is watched by. It is closed last, when all has been told. */
export interface Watched extends AsyncDisposable {
  /** What a server answers at further paths. */
  readonly further: Readonly<Record<string, RequestListener>>;
}

/**
 * Watches what the process does from here on, as far as was asked for.
 * @throws StorageError `InvalidArgument` for an address that alerts can’t be posted to.
 */
export async function watchCommand(
  directory: string,
  url: string,
  options: EndpointOptions & MetricsPathOptions & { readonly json: boolean },
): Promise<Watched> {
  const { metrics, healthPort } = options;
  if (metrics && healthPort === undefined)
    throw new StorageError('InvalidArgument', '--metrics goes with --health-port');
  const disks = disksOf(directory, url, options);
  const alerts = watchFor(options, disks);
  const measured = metrics ? await measure(disks) : undefined;
  return {
    further: measured === undefined ? {} : { '/metrics': measured.answer },
    async [Symbol.asyncDispose]() {
      measured?.close();
      await alerts?.close();
    },
  };
}

/** The same for a command without a server: it gets one. @throws Error of the operating system if the port can’t be had. */
export async function watchRun(
  directory: string,
  url: string,
  options: EndpointOptions & MetricsPortOptions & { readonly json: boolean },
): Promise<AsyncDisposable> {
  const { metricsPort: port, metricsHost: host } = options;
  const metrics = port !== undefined;
  const healthPort = metrics ? { healthPort: port } : {};
  const watched = await watchCommand(directory, url, { ...options, ...healthPort, metrics });
  if (!metrics) return watched;
  const { further } = watched;
  const status = { state: 'migrating', healthy: true, rounds: 0, failures: 0 } as const;
  try {
    const given = { port, further, ...(host === undefined ? {} : { host }) };
    const server = await startHealthServer({ status }, given);
    process.stderr.write(`metrics: ${server.url}/metrics\n`);
    return {
      async [Symbol.asyncDispose]() {
        await server.close();
        await watched[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await watched[Symbol.asyncDispose]();
    throw error;
  }
}

function disksOf(directory: string, url: string, options: EndpointOptions) {
  const { directory: source, journal } = locate(directory, url, options);
  return { source, ...(isAddress(journal) ? {} : { journal: dirname(journal) }) };
}

type Disks = Readonly<Record<string, string>>;

function watchFor(
  { alertWebhook: url, alertLog, json }: MetricsCommandOptions & { readonly json: boolean },
  disks: Disks,
) {
  const sinks: AlertSink[] = [];
  if (alertLog)
    sinks.push(
      logSink((line, alert) => {
        if (json) writeJson({ type: 'alert', ...alert });
        else process.stderr.write(`${new Date().toISOString()} alert ${line}\n`);
      }),
    );
  if (url !== undefined && url !== '') {
    const secret = process.env['STORAGE_ALERT_SECRET'] || undefined;
    sinks.push(webhookSink({ url, secret, labels: { instance: hostname() } }));
  }
  if (sinks.length === 0) return undefined;
  return watchAlerts({
    sinks,
    disks,
    onError: (error) => {
      const message = error instanceof Error ? error.message : String(error);
      process.stderr.write(`${printable(message)}\n`);
    },
  });
}

/** Loaded where it is wanted: without it, a command begins sooner. */
async function measure(disks: Disks) {
  const [{ Registry }, { prometheusMetrics }] = await Promise.all([
    import('prom-client'),
    import('@org/storage-metrics/prometheus'),
  ]);
  const registry = new Registry();
  const metrics = prometheusMetrics({ registry, disks });
  const answer: RequestListener = (request, response) => {
    const asked = request.method === 'GET' || request.method === 'HEAD';
    if (!asked) {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    registry.metrics().then(
      (text) => {
        response.writeHead(200, {
          'Content-Type': registry.contentType,
          'Cache-Control': 'no-store',
        });
        response.end(request.method === 'GET' ? text : undefined);
      },
      () => response.writeHead(500).end(),
    );
  };
  return { answer, close: () => metrics.close() };
}
