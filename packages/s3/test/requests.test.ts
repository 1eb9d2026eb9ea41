import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { readAll } from '@org/storage-core';
import { S3StorageProvider } from '@org/storage-s3';
import { afterEach, expect, test, vi } from 'vitest';
import { bytes } from './content.js';
import { someKey, useServer } from './store.js';

const setup = useServer();
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A server that hands each request to `answer`, and the URL it listens at. */
async function listening(answer: (message: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer((message, response) => {
    message.resume().on('end', () => answer(message, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : undefined}`;
}

const FOUND = {
  etag: '"1"',
  'content-length': '2',
  'last-modified': 'Sun, 22 Nov 2026 10:00:00 GMT',
};

/** Resolves when this process has got the whole of an answer of the server, and has looked at it. */
async function answered(): Promise<void> {
  let heard = () => {};
  await new Promise<void>((resolve) => {
    heard = resolve;
    subscribe('http.client.response.finish', heard);
  });
  unsubscribe('http.client.response.finish', heard);
  for (let i = 0; i < 20; i++) await turn();
}

test('a call that waits before another attempt ends at once when it is aborted, its first one or a later one', async () => {
  const endpoint = await listening((_, response) => response.writeHead(503).end());
  const storage = setup.storage({ endpoint });
  vi.useFakeTimers({ toFake: ['setTimeout'] }); // nothing but the signal ends the wait
  try {
    for (let call = 0; call < 3; call++) {
      const { signal, abort } = abortable();
      const stat = storage.stat('a', { signal });
      await Promise.all([answered().then(abort), expect(stat).rejects.toMatchObject(ABORTED)]);
    }
  } finally {
    vi.useRealTimers();
  }
}, 20_000);

test('a signal ends the call that it was given to, while it runs, and no other', async () => {
  const waiting: ServerResponse[] = [];
  let arrived = () => {};
  const endpoint = await listening((_, response) => {
    waiting.push(response);
    arrived();
  });
  const storage = setup.storage({ endpoint });
  const arrival = (count: number) =>
    new Promise<void>((resolve) => {
      arrived = () => waiting.length === count && resolve();
    });
  const [alone, before] = [arrival(1), storage.stat('before')];
  await alone;
  waiting.shift()?.writeHead(200, FOUND).end();
  await before;
  const first = abortable();
  const [both, aborted, left] = [
    arrival(2),
    storage.stat('a', { signal: first.signal }),
    storage.stat('b'),
  ];
  await both;
  first.abort();
  await expect(aborted).rejects.toMatchObject(ABORTED);
  waiting.forEach((response) => void response.writeHead(200, FOUND).end());
  await expect(left).resolves.toMatchObject({ key: 'b', etag: '1' });

  const second = abortable();
  const [third, done] = [arrival(3), storage.stat('c', { signal: second.signal })];
  await third;
  waiting[2]?.writeHead(200, FOUND).end();
  await done;
  const [fourth, after] = [arrival(4), storage.stat('d')];
  await fourth;
  second.abort(); // what had it before is at work for another call by now
  waiting[3]?.writeHead(200, FOUND).end();
  await expect(after).resolves.toMatchObject({ key: 'd' });
});

test('the headers of a request are its own', async () => {
  const modes: (string | string[] | undefined)[] = [];
  const endpoint = await listening(({ headers }, response) => {
    modes.push(headers['x-amz-checksum-mode']);
    const part = headers.range === undefined ? {} : { 'content-range': 'bytes 0-1/2' };
    response.writeHead(headers.range === undefined ? 200 : 206, { ...FOUND, ...part }).end('ab');
  });
  const storage = setup.storage({ endpoint });
  for (const options of [{}, { range: { start: 0 } }, {}]) {
    expect(`${await readAll((await storage.download('a', options)).body)}`).toBe('ab');
  }
  expect(modes).toEqual(['ENABLED', undefined, 'ENABLED']);
});

test('many calls at once get each its own answer', async () => {
  const storage = setup.storage();
  const sizes = Array.from({ length: 60 }, (_, size) => ({ size, key: someKey() }));
  const uploaded = await Promise.all(
    sizes.map(({ key, size }) => storage.upload(key, bytes(size))),
  );
  const read = await Promise.all(
    sizes.map(async ({ key }) => readAll((await storage.download(key)).body)),
  );
  const found = await Promise.all(sizes.map(({ key }) => storage.stat(key)));
  sizes.forEach(({ key, size }, i) => {
    expect(read[i]?.equals(bytes(size))).toBe(true);
    expect(found[i]).toMatchObject({ key, size, etag: uploaded[i]?.etag });
  });
  await Promise.all(sizes.map(({ key }) => storage.delete(key)));
  expect(await Promise.all(sizes.map(({ key }) => storage.exists(key)))).not.toContain(true);
});

test('what is added to a client that was handed in goes for the requests from then on', async () => {
  const { endpoint, region, credentials } = setup.server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const storage = new S3StorageProvider({ bucket: setup.bucket, client, server: 'aws' });
  ends.push(async () => client.destroy());
  const key = someKey();
  await storage.upload(key, 'x');
  await storage.stat(key);
  const seen: unknown[] = [];
  client.middlewareStack.add((next, { commandName }) => (args) => {
    seen.push(commandName);
    return next(args);
  });
  await storage.stat(key);
  await readAll((await storage.download(key)).body);
  expect(seen).toEqual(['HeadObjectCommand', 'GetObjectCommand']);
});

const ABORTED = { code: 'Aborted', operation: 'stat' };

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
