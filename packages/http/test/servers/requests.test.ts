import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { readAll } from '@org/storage-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type HttpRequest, type HttpResponse, nodeRequest } from '../../src/index.js';
import { eventually } from '../eventually.js';
import { sendRaw, serve } from '../serve.js';
import { deferred, served, settled } from './streams.js';

describe('what is taken of a request', () => {
  async function seen(lines: readonly string[]): Promise<{ url: string; host: string }> {
    const server = await served(async ({ url, header }) => ({
      status: 200,
      headers: {
        'x-url': url.href,
        'x-host': header('host') ?? '',
        'x-own': String(header('constructor')),
      },
    }));
    const { headers } = await sendRaw(server.port, lines);
    expect(headers['x-own']).toBe('undefined');
    return { url: headers['x-url'] ?? '', host: headers['x-host'] ?? '' };
  }

  test.each([
    ['GET /a%2Fb/../c?d=e HTTP/1.1', 'http://localhost/c?d=e'],
    ['GET //evil.example/a HTTP/1.1', 'http://localhost//evil.example/a'],
    ['GET http://169.254.169.254/latest?a HTTP/1.1', 'http://localhost/latest?a'],
    ['GET http://user:word@intern:1/x HTTP/1.1', 'http://localhost/x'],
    ['GET ftp://intern/x HTTP/1.1', 'http://localhost/ftp%3A%2F%2Fintern%2Fx'],
    ['OPTIONS * HTTP/1.1', 'http://localhost/*'],
  ])('%s is %s, whatever host is named', async (line, url) => {
    expect(await seen([line, 'Host: metadata.internal:80'])).toEqual({
      url,
      host: 'metadata.internal:80',
    });
  });

  test('the path is the client’s where a framework has cut it', async () => {
    const server = await serve((request, response) => {
      Object.assign(request, { originalUrl: request.url, url: '/rest' });
      const { url } = nodeRequest(request, response);
      response.end(url.pathname);
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    expect(
      (await sendRaw(server.port, ['GET /mounted/rest HTTP/1.1', 'Host: a'])).body.toString(),
    ).toBe('/mounted/rest');
  });
});

describe('the body of a request', () => {
  async function received(act: (body: Readable, request: HttpRequest) => Promise<string>) {
    const done = deferred<string>();
    const server = await served(async (request): Promise<HttpResponse> => {
      if (request.body === undefined) return { status: 200, headers: {}, body: 'no body' };
      await act(request.body, request).then(done.resolve, done.reject);
      return { status: 200, headers: {}, body: 'done' };
    });
    return { server, done: done.promise };
  }

  test('comes whole, with a length and in chunks', async () => {
    const { server, done } = await received(async (body) => String((await readAll(body)).length));
    const body = Readable.toWeb(Readable.from([Buffer.alloc(300_000), Buffer.alloc(5)]));
    const chunked = { method: 'PUT', body, duplex: 'half' } as RequestInit;
    expect(await (await fetch(server.origin, chunked)).text()).toBe('done');
    expect(await done).toBe('300005');
    const sized = { method: 'PUT', body: Buffer.alloc(10) };
    expect(await (await fetch(server.origin, sized)).text()).toBe('done');
    expect(await (await fetch(server.origin)).text()).toBe('no body');
  });

  test('that breaks off is an error, and no end', async () => {
    const { server, done } = await received(async (body) => {
      await readAll(body);
      return 'ended';
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf');
    await eventually(async () => expect(await server.connections()).toBe(1));
    socket.end();
    await expect(done).rejects.toThrow();
  });

  test('that breaks off when its reader has stopped harms nobody', async () => {
    const { server, done } = await received(async (body, { signal }) => {
      const chunks = body.iterator({ destroyOnReturn: false });
      for await (const _ of chunks) break;
      await once(signal, 'abort');
      await eventually(() => expect(body.destroyed).toBe(true));
      return String(body.errored);
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf', () =>
      socket.destroy(),
    );
    expect(await done).toMatch(/^Error/);
  });

  test('waits for its reader', async () => {
    let given = 0;
    const reading = deferred<void>();
    const { server } = await received(async (body) => {
      body.once('data', () => body.pause());
      await reading.promise;
      body.destroy();
      return '';
    });
    const socket = connect(server.port, '127.0.0.1').on('error', () => {});
    socket.write('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n');
    const chunk = Buffer.alloc(64 * 1024);
    const send = () => {
      while (given < 1e9 && !socket.destroyed) {
        given += chunk.length;
        if (!socket.write(chunk)) return;
      }
    };
    socket.on('drain', send);
    send();
    await settled(() => given);
    expect(given).toBeLessThan(64 * 1024 * 1024);
    reading.resolve();
    socket.destroy();
  });
});
