import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { MemoryStorageProvider } from '@org/storage-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileView } from '../../src/api-types.js';
import { type StartedApp, startApp } from '../app.js';
import { answer, type Client } from '../client.js';

let started: StartedApp;
let zoe: Client;
const sockets: Socket[] = [];

beforeAll(async () => {
  started = await startApp({
    storage: new MemoryStorageProvider(),
    connections: {
      ...{ head: 4_000, idle: 4_000, lookEvery: 100 },
      slowest: { bytes: 64 * 1024, within: 400 },
    },
  });
  zoe = await started.client(started.user);
});

afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await started?.close();
});

async function dial(): Promise<Socket> {
  const { hostname, port } = new URL(started.origin);
  const socket = connect(Number(port), hostname).on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

const request = (lines: readonly string[]) =>
  `${[...lines, 'Host: localhost', `Cookie: ${zoe.cookie}`, `X-CSRF-Token: ${zoe.csrfToken}`].join('\r\n')}\r\n\r\n`;

describe('a connection', () => {
  it('that says nothing, or stops after its first answer, is ended, and others are answered meanwhile', async () => {
    const idle = await Promise.all(Array.from({ length: 300 }, dial));
    const ended = Promise.all(idle.map(closed));
    for (const socket of idle.slice(100, 200)) socket.write('GET /healthz HTTP/1.1\r\n');
    for (const socket of idle.slice(200)) socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    for (const socket of idle) socket.resume();
    expect((await zoe.get('/api/files')).status).toBe(200);
    await ended;
    expect((await zoe.get('/api/files')).status).toBe(200);
  });

  it('on which next to nothing of a file is taken is ended', async () => {
    const { files } = await answer<{ files: FileView[] }>(
      zoe.upload({ 'large.bin': new Uint8Array(24_000_000) }),
      201,
    );
    const socket = await dial();
    const ended = closed(socket);
    socket.pause();
    socket.write(request([`GET ${files[0]?.url} HTTP/1.1`]));
    const timer = setInterval(() => socket.read(1), 10);
    await expect.poll(() => connections()).toBeGreaterThan(0);
    await expect.poll(() => connections()).toBe(0);
    clearInterval(timer);
    socket.destroy();
    await ended;
  });

  it('on which an upload comes in byte by byte is ended, and what came in is kept', async () => {
    const { status, headers } = await zoe.send('/api/tus', {
      method: 'POST',
      headers: { 'tus-resumable': '1.0.0', 'upload-length': '1000' },
    });
    expect(status).toBe(201);
    const location = headers.get('location') ?? '';
    const socket = await dial();
    const ended = closed(socket);
    socket.resume();
    const type = 'Content-Type: application/offset+octet-stream';
    const tus = ['Tus-Resumable: 1.0.0', 'Upload-Offset: 0', 'Content-Length: 1000', type];
    socket.write(request([`PATCH ${location} HTTP/1.1`, ...tus]));
    const timer = setInterval(() => socket.write('x'), 20);
    await ended;
    clearInterval(timer);
    await expect
      .poll(async () => {
        const head = await zoe.send(location, {
          method: 'HEAD',
          headers: { 'tus-resumable': '1.0.0' },
        });
        return Number(head.headers.get('upload-offset'));
      })
      .toBeGreaterThan(0);
  });
});

it('on which nothing has come does not keep the application from closing; one with half a request does', async () => {
  const app = await startApp({ connections: { head: 200_000, lookEvery: 100 } });
  const opened = async () => {
    const socket = connect(Number(new URL(app.origin).port), '127.0.0.1').on('error', () => {});
    sockets.push(socket);
    const [server] = await Promise.all([
      once(app.app.server, 'connection'),
      once(socket, 'connect'),
    ]);
    return { socket, server: server[0] as Socket };
  };
  const silent = await opened();
  const speaking = await opened();
  speaking.socket.write('GET /healthz HTTP/1.1\r\n');
  await expect.poll(() => speaking.server.bytesRead).toBeGreaterThan(0);
  const ended = closed(silent.socket);
  silent.socket.resume();
  const closing = app.close();
  await ended;
  speaking.socket.write('Host: a\r\n\r\n');
  expect(String((await once(speaking.socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 503 /);
  await closing;
});

/** Of others than the client that keeps its own. */
function connections(): Promise<number> {
  const { server } = started.app;
  server.closeIdleConnections();
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
