import { createServer, type Server, type Socket } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { readAll } from '@org/storage-core';
import { S3StorageProvider } from '@org/storage-s3';
import { expect, test, vi } from 'vitest';
import { bytes, streamed } from './content.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();

/** Sockets of this process that are connected to the server. */
function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('close leaves no connection open, after work of all kinds', async () => {
  const before = sockets();
  const storage = setup.storage();
  const key = someKey();
  await storage.upload(key, streamed(bytes(11 * MIB)));
  const { body } = await storage.download(key);
  body.destroy();
  await readAll((await storage.download(key)).body);
  for await (const _ of storage.list()) break;
  await storage.close();
  await storage.close();
  await until(() => sockets() <= before);
  for (const run of [
    () => storage.stat(key),
    () => storage.upload(key, 'x'),
    () => readAll(list(storage)),
  ]) {
    await expect(run()).rejects.toMatchObject({ code: 'Unavailable', retryable: false });
  }
});

async function* list(storage: S3StorageProvider): AsyncGenerator<Uint8Array> {
  for await (const _ of storage.list()) yield new Uint8Array();
}

test('close ends a body that is still read', async () => {
  const storage = setup.storage();
  const key = someKey();
  await storage.upload(key, bytes(20 * MIB));
  const { body } = await storage.download(key);
  body.read();
  await storage.close();
  await expect(readAll(body)).rejects.toMatchObject({ code: 'Unavailable' });
});

test('a body that is destroyed or read gives its connection back', async () => {
  const storage = setup.storage({ maxSockets: 4 });
  const key = someKey();
  await storage.upload(key, bytes(2 * MIB));
  for (let i = 0; i < 20; i++) {
    const { body } = await storage.download(key);
    if (i % 2 === 0) body.destroy();
    else await readAll(body);
  }
  await expect(storage.download(key, { range: { start: 2 ** 40 } })).rejects.toMatchObject({
    code: 'InvalidRange',
  });
  expect(await storage.exists(key)).toBe(true); // with all four connections taken, it would wait for ever
});

test('there are never more connections than allowed, whatever is under way at once', async () => {
  const before = setup.server.connections;
  const storage = setup.storage({ maxSockets: 4, downloadConcurrency: 4, downloadPartSize: MIB });
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, setup.server.connections - before);
  }, 1);
  const keys = Array.from({ length: 3 }, () => someKey());
  await Promise.all(keys.map((key) => storage.upload(key, streamed(bytes(21 * MIB)))));
  const read = async (key: string) => readAll((await storage.download(key)).body);
  await Promise.all([...keys, ...keys].map(read));
  clearInterval(watch);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(4);
  await storage.close();
  await until(() => setup.server.connections <= before);
});

test('close ends an upload that is under way, which leaves neither parts nor connections', async () => {
  const before = setup.server.connections;
  const storage = setup.storage({ maxAttempts: 10 });
  const fault = setup.server.faults.add({
    type: 'delay',
    milliseconds: 300,
    operation: 'UploadPart',
  });
  const key = someKey();
  const upload = storage.upload(key, streamed(bytes(31 * MIB)));
  const ended = expect(upload).rejects.toMatchObject({ code: 'Unavailable', retryable: false });
  await until(() => fault.hits > 0);
  await storage.close();
  await ended;
  await until(() => setup.server.connections <= before);
  expect(await setup.storage().exists(key)).toBe(false);
  const left = setup.server.openMultipartUploads(setup.bucket);
  expect(left.filter((open) => open.key === key)).toEqual([]);
});

test('a client that was handed in is used, and left open', async () => {
  const { endpoint, region, credentials } = setup.server;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const storage = new S3StorageProvider({ bucket: setup.bucket, client, server: 'aws' });
  const destroy = vi.spyOn(client, 'destroy');
  const key = someKey();
  await storage.upload(key, streamed(bytes(9 * MIB)));
  await storage.close();
  expect(destroy).not.toHaveBeenCalled();
  await expect(storage.stat(key)).rejects.toMatchObject({ code: 'Unavailable' });
  client.destroy();
});

test('health is told, not thrown', async () => {
  expect(await setup.storage().checkHealth()).toMatchObject({ healthy: true });
  const cases = [
    [{ bucket: 'missing' }, 'NotFound', 'bucket missing does not exist'],
    [
      { endpoint: 'http://127.0.0.1:1', maxAttempts: 1 },
      'Unavailable',
      'nobody listens at http://127.0.0.1:1',
    ],
    [{ credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }, 'AccessDenied', 'credentials'],
  ] as const;
  for (const [options, code, message] of cases) {
    const { healthy, error } = await setup.storage(options).checkHealth();
    expect(healthy).toBe(false);
    expect(error).toMatchObject({ code, operation: 'checkHealth' });
    expect(error?.message).toContain(message);
  }
  const closed = setup.storage();
  await closed.close();
  expect(await closed.checkHealth()).toMatchObject({
    healthy: false,
    error: { code: 'Unavailable' },
  });
  const aborted = setup.storage().checkHealth({ signal: AbortSignal.abort() });
  await expect(aborted).rejects.toMatchObject({ code: 'Aborted' });
});

test('a server that accepts connections and says nothing is given up', async () => {
  const open = new Set<Socket>();
  const mute: Server = createServer((socket) => {
    open.add(socket.on('error', () => {}));
  });
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const address = mute.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const storage = setup.storage({
    endpoint: `http://127.0.0.1:${port}`,
    requestTimeout: 100,
    maxAttempts: 1,
  });
  await expect(storage.stat('a')).rejects.toMatchObject({ code: 'Timeout', retryable: true });
  await storage.close();
  for (const socket of open) socket.destroy();
  await new Promise((resolve) => mute.close(resolve));
});

test('a server that stops in the middle of a body is given up', async () => {
  const mute = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(
        'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: "a"\r\nLast-Modified: Mon, 12 Oct 2026 17:50:00 GMT\r\n\r\nabc',
      );
    });
  });
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const address = mute.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const storage = setup.storage({ endpoint: `http://127.0.0.1:${port}`, requestTimeout: 100 });
  const { body } = await storage.download('a');
  await expect(readAll(body)).rejects.toMatchObject({ code: 'Timeout' });
  await storage.close();
  await new Promise((resolve) => mute.close(resolve));
});
