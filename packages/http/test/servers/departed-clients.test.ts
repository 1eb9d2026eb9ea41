import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStorageProvider } from '@org/storage-local';
import { describe, expect, onTestFinished, test } from 'vitest';
import { download, sendResponse } from '../../src/index.js';
import { eventually } from '../eventually.js';
import { sendRaw, serve } from '../serve.js';
import { deferred, endless, GET, served, settled } from './streams.js';

describe('a client that goes away', () => {
  test('before the answer fires the signal, and frees the body', async () => {
    const { body } = endless();
    let signal: AbortSignal | undefined;
    const arrived = deferred<void>();
    const server = await served(async (request) => {
      ({ signal } = request);
      arrived.resolve();
      await once(request.signal, 'abort');
      return { status: 200, headers: {}, body };
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`${GET.join('\r\n')}\r\n\r\n`);
    await arrived.promise;
    socket.destroy();
    await eventually(() => expect(body.destroyed).toBe(true));
    expect(signal?.aborted).toBe(true);
  });

  test('in the middle frees the descriptor', async () => {
    const root = await mkdtemp(join(tmpdir(), 'gone-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    await writeFile(join(root, 'large'), '');
    await truncate(join(root, 'large'), 64 * 1024 * 1024);
    await using storage = new LocalStorageProvider({ root });
    const server = await served((request) => download(storage, 'large', request));
    const open = () =>
      readdirSync('/proc/self/fd').filter((fd) => linkOf(fd).startsWith(join(root, 'large')));
    for (const range of ['', 'Range: bytes=0-20000000,30000000-\r\n']) {
      const sockets = await Promise.all(
        Array.from({ length: 5 }, async () => {
          const socket = connect(server.port, '127.0.0.1');
          socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${range}\r\n`);
          await once(socket, 'data');
          socket.pause();
          return socket;
        }),
      );
      expect(open()).toHaveLength(5);
      for (const socket of sockets) socket.destroy();
      await eventually(() => expect(open()).toEqual([]));
      await eventually(async () => expect(await server.connections()).toBe(0));
    }
  });

  test('after its answer fires nothing', async () => {
    let signal: AbortSignal | undefined;
    const server = await served(async (request) => {
      ({ signal } = request);
      return { status: 200, headers: {}, body: 'x' };
    });
    await sendRaw(server.port, GET);
    await eventually(async () => expect(await server.connections()).toBe(0));
    expect(signal?.aborted).toBe(false);
  });
});

test('a client that does not read holds a few chunks, and not the file', async () => {
  const { body, given } = endless();
  const server = await served(async () => ({ status: 200, headers: {}, body }));
  const socket = connect(server.port, '127.0.0.1');
  socket.pause();
  socket.write(`${GET.join('\r\n')}\r\n\r\n`);
  await settled(given);
  const held = given();
  for (let i = 0; i < 5; i++) socket.read(1); // a byte now and then
  await settled(given);
  expect(given() - held).toBeLessThanOrEqual(1024 * 1024);
  expect(given(), 'with what the system’s buffers take').toBeLessThan(32 * 1024 * 1024);
  socket.destroy();
  await eventually(() => expect(body.destroyed).toBe(true));
});

test('an answer for which there is no client any more is freed', async () => {
  const { body } = endless();
  const sent = deferred<void>();
  const server = await serve(async (_request, response) => {
    response.destroy();
    await sendResponse(response, { status: 200, headers: {}, body });
    sent.resolve();
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  await expect(fetch(server.origin)).rejects.toThrow();
  await sent.promise;
  expect(body.destroyed).toBe(true);
});

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
