import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { ended, Storage, setting } from './fixtures.js';

/** The first line of a stream that goes by a pattern, or what its group holds. The rest is not waited for. */
async function told(stream: NodeJS.ReadableStream | null, pattern: RegExp): Promise<string> {
  if (stream === null) throw new Error('there is no such stream');
  for await (const line of createInterface({ input: stream })) {
    const found = pattern.exec(line);
    if (found !== null) return found[1] ?? found[0];
  }
  throw new Error(`nothing was told of ${pattern}`);
}

function started(child: ChildProcess): ChildProcess {
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** A minute that is half a day away. */
function anotherTime(): string {
  const hour = (new Date().getUTCHours() + 12) % 24;
  const name = String(hour).padStart(2, '0');
  return `${name}:00-${name}:01`;
}

it('sync serves its metrics beside its health', async () => {
  const { storage, place } = await setting({ a: '1', b: '22' });
  const args = ['--every', '1h', '--health-port', '0', '--metrics', '--json'];
  const child = started(storage.start('sync', ...place, ...args));
  const exit = once(child, 'exit');
  const [health] = await Promise.all([
    told(child.stderr, /^health: (.*)\/healthz$/),
    told(child.stdout, /"type":"round"/),
  ]);
  const answer = await fetch(`${health}/metrics`);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  for (const line of [
    'storage_sync_rounds_total{outcome="success"} 1',
    'storage_migration_files_total{kind="migrate",result="copied"} 2',
    'storage_migration_sent_bytes_total 3',
    'storage_operations_total{provider="s3",operation="upload",outcome="success"} 2',
  ])
    expect(text).toContain(`${line}\n`);
  expect(text).toMatch(/^storage_disk_free_bytes\{disk="journal"\} \d/m);
  expect((await fetch(`${health}/metrics`, { method: 'POST' })).status).toBe(405);
  expect((await fetch(`${health}/healthz`)).status).toBe(200);
  expect((await fetch(`${health}/other`)).status).toBe(404);
  child.kill('SIGTERM');
  expect(await exit).toEqual([130, null]);
});

it('migrate serves the metrics of its run', async () => {
  const { storage, place } = await setting({ a: '1' });
  const args = ['--window', anotherTime(), '--timezone', 'UTC', '--metrics-port', '0', '--json'];
  const child = started(storage.start('migrate', ...place, ...args));
  const exit = once(child, 'exit');
  const [url] = await Promise.all([
    told(child.stderr, /^metrics: (.*)$/),
    told(child.stdout, /"waiting":"window"/),
  ]);
  const text = await (await fetch(url)).text();
  expect(text).toContain('storage_migration_waiting{reason="window"} 1\n');
  expect(text).toContain('storage_migration_pending 1\n');
  child.kill('SIGINT');
  expect(await exit).toEqual([130, null]);
});

it('posts alerts, signed, and tells them among the events', async () => {
  const { home, directory, server } = await setting({ a: '1' });
  const posts: { readonly signature: unknown; readonly body: string }[] = [];
  const receiver = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    posts.push({ signature: request.headers['storage-signature'], body });
    response.end();
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  onTestFinished(() => void receiver.close());
  const { port } = receiver.address() as AddressInfo;
  const storage = new Storage(home, {
    AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
    STORAGE_ALERT_WEBHOOK: `http://127.0.0.1:${port}/hook`,
    STORAGE_ALERT_SECRET: 'hush',
  });
  const place = [directory, 's3://no-such-bucket', '--endpoint', server.endpoint];
  const child = started(
    storage.start('sync', ...place, '--every', '10ms', '--alert-log', '--json'),
  );
  const end = ended(child);
  let failures = 0;
  child.stdout?.on('data', (chunk) => {
    const before = failures;
    failures += String(chunk).split('"type":"failure"').length - 1;
    if (before < 3 && failures >= 3) child.kill('SIGTERM'); // once: the second would end it at once
  });
  const { code, stdout, stderr } = await end;
  expect(code).toBe(130);
  const events = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  expect(events.filter(({ type }) => type === 'alert')).toEqual([
    expect.objectContaining({ alert: 'StorageSyncFailing', state: 'firing' }),
  ]);
  expect(posts).toHaveLength(1);
  expect(posts[0]?.signature).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
  expect(JSON.parse(posts[0]?.body ?? '')).toMatchObject({
    version: '4',
    commonLabels: { alertname: 'StorageSyncFailing', instance: expect.any(String) },
  });
  expect(`${stdout}${stderr}`).not.toContain('hush');
});

it('refuses options that make no sense', async () => {
  const { storage, place } = await setting({});
  for (const [command, wrong, why] of [
    ['sync', ['--metrics'], /--health-port/],
    ['migrate', ['--metrics-port', '70000'], /port/],
    ['migrate', ['--alert-webhook', 'ftp://host/s3cret'], /https/],
    ['sync', ['--alert-webhook', 'https://me:s3cret@host/'], /header/],
  ] as const) {
    const { code, stderr } = await ended(storage.start(command, ...place, ...wrong));
    expect([code, stderr]).toEqual([2, expect.stringMatching(why)]);
    expect(stderr).not.toContain('s3cret');
  }
});
