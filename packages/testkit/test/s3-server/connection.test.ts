import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../src/s3-server/index.js';
import { clientOf } from './client.js';
import { useServer } from './running-server.js';
import { headText, send, signHeaders } from './signed-request.js';

const running = useServer();

const unsigned = (method: string, path: string, headers: Record<string, string> = {}) =>
  signHeaders(running.server, { method, path, payload: 'UNSIGNED-PAYLOAD', headers }).headers;

describe('a body that ends early', () => {
  it('leaves the old object', async () => {
    await send(running.server, { method: 'PUT', path: '/photos/cut', body: 'old' });
    const headers = { ...unsigned('PUT', '/photos/cut'), 'content-length': '1000000' };
    const socket = connect(running.server.port, '127.0.0.1');
    socket.write(headText('PUT', '/photos/cut', headers));
    socket.write(Buffer.alloc(200_000));
    await arrived(running.server, 1);
    socket.destroy();
    await arrived(running.server, 0);
    expect((await send(running.server, { path: '/photos/cut' })).body).toBe('old');
  });
});

/** Waits until so many connections are open. */
async function arrived(of: S3Server, count: number): Promise<void> {
  for (;;) {
    if (of.connections === count) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('Expect: 100-continue', () => {
  const talk = (head: string) => {
    const socket = connect(running.server.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.write(head);
    return {
      socket,
      async until(expected: RegExp) {
        while (!expected.test(received)) await once(socket, 'data');
        return received;
      },
    };
  };

  it('is answered once the body is wanted', async () => {
    const headers = unsigned('PUT', '/photos/expected', { expect: '100-continue' });
    const { socket, until } = talk(
      headText('PUT', '/photos/expected', { ...headers, 'content-length': '4' }),
    );
    await until(/100 Continue/);
    socket.write('body');
    await until(/HTTP\/1.1 200 OK/);
    socket.destroy();
    expect((await send(running.server, { path: '/photos/expected' })).body).toBe('body');
  });

  it.each([
    ['a wrong signature', { authorization: 'AWS4-HMAC-SHA256 nonsense' }, '/photos/x', 400],
    ['a missing bucket', {}, '/missing/x', 404],
    ['a key that is too long', {}, `/photos/${'x'.repeat(1025)}`, 400],
  ])('is not answered after %s', async (_, wrong, path, status) => {
    const headers = unsigned('PUT', path, { expect: '100-continue' });
    const { socket, until } = talk(
      headText('PUT', path, { ...headers, 'content-length': '4', ...wrong }),
    );
    const answer = await until(/<\/Error>/);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).not.toContain('100 Continue');
    socket.destroy();
  });
});

describe('a connection', () => {
  it('carries further requests after errors', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<Socket>();
    const ask = (method: string, path: string, body: Buffer) =>
      new Promise<number>((resolve, reject) => {
        const headers = unsigned(method, path);
        const client = httpRequest(
          { host: '127.0.0.1', port: running.server.port, method, path, headers, agent },
          (response) => {
            response.resume();
            response.on('end', () => resolve(response.statusCode ?? 0));
          },
        );
        client.on('socket', (socket) => sockets.add(socket));
        client.on('error', reject);
        client.end(body);
      });
    const large = Buffer.alloc(3_000_000);
    expect(await ask('PUT', '/missing/x', large)).toBe(404);
    expect(await ask('GET', '/photos/missing', Buffer.alloc(0))).toBe(404);
    const full = running.server.faults.add({ type: 'disk-full', after: 100_000 });
    expect(await ask('PUT', '/photos/full', large)).toBe(500);
    full.remove();
    expect(await ask('PUT', '/photos/kept-alive', large)).toBe(200);
    expect(await ask('DELETE', '/photos/kept-alive', Buffer.alloc(0))).toBe(204);
    expect(sockets.size).toBe(1);
    agent.destroy();
  });

  it('that the client leaves in mid-answer harms nobody', async () => {
    await send(running.server, {
      method: 'PUT',
      path: '/photos/left',
      body: Buffer.alloc(8_000_000),
    });
    const socket = connect(running.server.port, '127.0.0.1');
    socket.write(headText('GET', '/photos/left', unsigned('GET', '/photos/left')));
    await once(socket, 'data');
    socket.destroy();
    expect((await send(running.server, { method: 'DELETE', path: '/photos/left' })).status).toBe(
      204,
    );
  });

  it('is cut by close', async () => {
    const closing = await startS3Server();
    const socket = connect(closing.port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket, 'close');
    await closing.close();
    await closed;
  });
});

describe('content is never held in memory', () => {
  const CHUNK = Buffer.alloc(1024 ** 2, 'x');

  it('when 300 MiB come and go', async () => {
    const path = '/photos/large';
    const size = 300 * CHUNK.length;
    const headers = { ...unsigned('PUT', path), 'content-length': String(size) };
    const upload = httpRequest({
      port: running.server.port,
      host: '127.0.0.1',
      method: 'PUT',
      path,
      headers,
    });
    const answered = once(upload, 'response');
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    for (let sent = 0; sent < size; sent += CHUNK.length) {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      if (!upload.write(CHUNK)) await once(upload, 'drain');
    }
    upload.end();
    const [{ statusCode }] = await answered;
    expect(statusCode).toBe(200);
    expect(most).toBeLessThan(size / 2);
    const head = await send(running.server, { method: 'HEAD', path });
    expect(head.headers['content-length']).toBe(String(size));
    await send(running.server, { method: 'DELETE', path });
  });

  it('since a client that does not read stops the reading from disk', async () => {
    const path = '/photos/unread';
    const size = 32 * CHUNK.length;
    await send(running.server, { method: 'PUT', path, body: Buffer.alloc(size) });
    const socket = connect(running.server.port, '127.0.0.1');
    socket.pause();
    socket.write(headText('GET', path, unsigned('GET', path)));
    const before = running.server.requests.count('GetObject');
    // The answer can't be done while nobody reads it; the requests that follow are served meanwhile.
    for (let index = 0; index < 200; index += 1)
      await send(running.server, { method: 'HEAD', path });
    expect(running.server.requests.count('GetObject')).toBe(before);
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
      if (received > size) socket.destroy();
    });
    socket.resume();
    await once(socket, 'close');
    expect(received).toBeGreaterThan(size);
    await send(running.server, { method: 'DELETE', path });
  });
});

it('requests are counted and remembered', async () => {
  await using server = await startS3Server({ buckets: ['photos'] }); // where none comes to its end late
  await send(server, { method: 'PUT', path: '/photos/counted', body: 'x' });
  await send(server, { path: '/photos/missing' });
  await send(server, { path: '/photos/missing' });
  expect(server.requests.count()).toBe(3);
  expect(server.requests.counts()).toEqual({ PutObject: 1, GetObject: 2 });
  expect(server.requests.last(1)).toEqual([
    {
      operation: 'GetObject',
      method: 'GET',
      bucket: 'photos',
      key: 'missing',
      status: 404,
      code: 'NoSuchKey',
      failure: undefined,
    },
  ]);
  server.requests.reset();
  expect(server.requests.count()).toBe(0);
});

it('the SDK uploads two megabytes and more with Expect: 100-continue', async () => {
  const Body = Buffer.alloc(3 * 1024 ** 2);
  const put = new PutObjectCommand({ Bucket: 'photos', Key: 'sdk', Body });
  await clientOf(running.server).send(put);
  expect((await send(running.server, { method: 'HEAD', path: '/photos/sdk' })).status).toBe(200);
});
