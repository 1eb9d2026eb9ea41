import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { eventChannel } from '@org/storage-core';
import { expect, it, onTestFinished } from 'vitest';
import {
  type Alert,
  DEFAULT_RULES,
  type WebhookPayload,
  type WebhookSinkOptions,
  watchAlerts,
  webhookSink,
} from '../../src/index.js';

interface Received {
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const ok: Answer = (response) => response.writeHead(204).end();
const status =
  (code: number): Answer =>
  (response) =>
    response.writeHead(code).end('no');
const hang: Answer = () => {};
const hangInBody: Answer = (response) => void response.writeHead(200).write('{');
const drop: Answer = (response) => response.destroy();

/** A server that answers so, one request after the other, the last answer again and again. */
async function receiver(...answers: Answer[]) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { url, headers } = request;
    received.push({ url, headers, body: Buffer.concat(chunks).toString() });
    const answer = answers[Math.min(received.length, answers.length) - 1] ?? ok;
    answer(response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { received, server, url: `http://127.0.0.1:${port}/hook/s3cret-path` };
}

const alert: Alert = {
  alert: 'StorageThrottled',
  state: 'firing',
  severity: 'warning',
  summary: 'slow down',
  runbook: 'https://wiki.example/slow',
  labels: { provider: 's3' },
  value: 12,
  since: new Date('2026-01-02T03:04:05Z'),
};

function sinkOf(url: string, options: Partial<WebhookSinkOptions> = {}) {
  return webhookSink({ url, firstDelay: 1, timeout: 5_000, ...options });
}

it('posts what Alertmanager would', async () => {
  const { url, received } = await receiver(ok);
  const sink = sinkOf(url, { headers: { Authorization: 'Bearer t' }, labels: { instance: 'h1' } });
  const resolved: Alert = {
    ...{ ...alert, state: 'resolved', labels: { provider: 'other' } },
    until: new Date('2026-01-02T04:00:00Z'),
  };
  await sink.send([alert, resolved]);
  expect(received[0]?.headers).toMatchObject({
    authorization: 'Bearer t',
    'content-type': 'application/json',
  });
  const payload: WebhookPayload = JSON.parse(received[0]?.body ?? '');
  expect(payload).toMatchObject({
    version: '4',
    status: 'firing',
    receiver: 'storage',
    truncatedAlerts: 0,
    groupLabels: {},
    commonLabels: { alertname: 'StorageThrottled', severity: 'warning', instance: 'h1' },
    commonAnnotations: {
      summary: 'slow down',
      runbook_url: 'https://wiki.example/slow',
      value: '12',
    },
    externalURL: '',
    alerts: [
      {
        status: 'firing',
        labels: { alertname: 'StorageThrottled', provider: 's3' },
        startsAt: '2026-01-02T03:04:05.000Z',
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: '',
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
      { status: 'resolved', labels: { provider: 'other' }, endsAt: '2026-01-02T04:00:00.000Z' },
    ],
  });
  await sink.send([{ ...alert, state: 'resolved' }]);
  const later: WebhookPayload = JSON.parse(received[1]?.body ?? '');
  expect(later.status).toBe('resolved');
  expect(later.alerts[0]?.fingerprint).toBe(payload.alerts[0]?.fingerprint);
  expect(payload.alerts[1]?.fingerprint).not.toBe(payload.alerts[0]?.fingerprint);
});

it('signs the body, where there is a secret', async () => {
  const { url, received } = await receiver(ok);
  await sinkOf(url).send([alert]);
  expect(received[0]?.headers['storage-signature']).toBeUndefined();
  await sinkOf(url, { secret: 'hush' }).send([alert]);
  const signed = received[1];
  const [, time, hash] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(signed?.headers['storage-signature'])) ?? [];
  expect(hash).toBe(createHmac('sha256', 'hush').update(`${time}.${signed?.body}`).digest('hex'));
});

it.each([
  ['500', status(500)],
  ['429', status(429)],
  ['a connection that closes', drop],
])('tries again after %s', async (_, answer) => {
  const { url, received } = await receiver(answer, answer, ok);
  await sinkOf(url).send([alert]);
  expect(received).toHaveLength(3);
  expect(new Set(received.map(({ body }) => body)).size).toBe(1);
});

it('tries again after an attempt that got no answer in time', async () => {
  const { url, received } = await receiver(hang, ok);
  await sinkOf(url, { timeout: 200 }).send([alert]);
  expect(received).toHaveLength(2);
});

it('gives up after so many attempts, and at once where it is refused', async () => {
  const broken = await receiver(status(503));
  await expect(sinkOf(broken.url, { attempts: 3 }).send([alert])).rejects.toMatchObject({
    code: 'Unavailable',
    message: expect.stringContaining('it answered 503'),
  });
  expect(broken.received).toHaveLength(3);
  const strict = await receiver(status(403));
  await expect(sinkOf(strict.url).send([alert])).rejects.toThrow('it answered 403');
  expect(strict.received).toHaveLength(1);
});

it('does not follow redirects, which would take its headers elsewhere', async () => {
  const elsewhere = await receiver(ok);
  const { url, received } = await receiver((response) =>
    response.writeHead(307, { Location: elsewhere.url }).end(),
  );
  await expect(sinkOf(url).send([alert])).rejects.toThrow('it answered 307');
  expect(received).toHaveLength(1);
  expect(elsewhere.received).toEqual([]);
});

it('does not wait for a body that never ends', async () => {
  const { url, received } = await receiver(hangInBody);
  await sinkOf(url, { timeout: 60_000 }).send([alert]);
  expect(received).toHaveLength(1);
});

it('tells no secret in what it fails with', async () => {
  const { url, server } = await receiver(ok);
  server.close();
  await once(server, 'close');
  const options = { attempts: 1, secret: 'hush', headers: { Authorization: 'Bearer token' } };
  const failure: unknown = await Promise.resolve(
    sinkOf(`${url}?key=query`, options).send([alert]),
  ).catch((error: unknown) => error);
  const told = inspect(failure, { depth: 10, showHidden: true });
  expect(told).toMatch(/127\.0\.0\.1:\d+: ECONNREFUSED/);
  for (const secret of ['s3cret-path', 'query', 'hush', 'token'])
    expect(told).not.toContain(secret);
});

it('one post follows the other, and while the receiver hangs the oldest are given up', async () => {
  let answer = () => {};
  const { url, received } = await receiver((response) => {
    answer = () => ok(response, response.req);
  }, ok);
  const sink = sinkOf(url, { timeout: 60_000 });
  const sent = Array.from({ length: 25 }, (_, value) => sink.send([{ ...alert, value }]));
  const outcomes = Promise.allSettled(sent);
  while (received.length === 0) await new Promise((resolve) => setImmediate(resolve));
  answer();
  await sink.close?.();
  const failed = (await outcomes).flatMap(({ status }, i) => (status === 'rejected' ? [i] : []));
  expect(failed).toEqual([1, 2, 3, 4]);
  const values = received.map(({ body }) => JSON.parse(body).alerts[0].annotations.value);
  expect(values).toEqual(['0', ...Array.from({ length: 20 }, (_, i) => String(i + 5))]);
});

it('a receiver that hangs holds up neither the looks nor, for long, the end', async () => {
  const { url, received } = await receiver(hang);
  const errors: unknown[] = [];
  const watch = watchAlerts({
    sinks: [sinkOf(url, { timeout: 100, attempts: 2 })],
    rules: DEFAULT_RULES.filter(({ alert }) => alert === 'StorageSyncFailing'),
    onError: (error) => errors.push(error),
  });
  eventChannel('org.storage.sync').publish({ type: 'round', failures: 3, healthy: false });
  await watch.check();
  expect(watch.firing).toHaveLength(1);
  await watch.close();
  expect(received).toHaveLength(2);
  expect(errors).toEqual([expect.objectContaining({ code: 'Unavailable' })]);
});

it.each([
  [{ url: 'ftp://host/' }, /https:/],
  [{ url: 'no address' }, /https:/],
  [{ url: 'https://user:pass-word@host/' }, /header instead/],
  [{ url: 'http://host/', timeout: 0 }, /timeout/],
  [{ url: 'http://host/', attempts: Number.NaN }, /attempts/],
  [{ url: 'http://host/', secret: '' }, /secret is empty/],
  [{ url: 'http://host/', headers: { 'X-Token': 'tok\nen' } }, /headers/],
])('refuses %j', (options, why) => {
  expect(() => webhookSink(options)).toThrow(
    expect.objectContaining({ code: 'InvalidArgument', message: expect.stringMatching(why) }),
  );
  try {
    webhookSink(options);
  } catch (error) {
    expect(String(error)).not.toMatch(/pass-word|tok/);
  }
});
