import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { MemoryStorageProvider, readAll } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  download,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  nodeListener,
  nodeRequest,
  sendResponse,
} from '../../src/index.js';
import { eventually } from '../eventually.js';
import { parseAnswer, type Served, sendRaw, serve } from '../serve.js';

async function served(handler: HttpHandler): Promise<Served> {
  const server = await serve(nodeListener(handler));
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

const GET = ['GET / HTTP/1.1', 'Host: localhost'];

/** Gives bytes for as long as they are asked for, and counts them. */
function endless(chunk = 64 * 1024): { readonly body: Readable; readonly given: () => number } {
  let given = 0;
  const body = new Readable({
    highWaterMark: chunk,
    read() {
      given += chunk;
      this.push(Buffer.alloc(chunk));
    },
  });
  return { body, given: () => given };
}

describe('what is sent', () => {
  test.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('%s with %i has no body, and the stream is let go of', async (method, status) => {
    const { body } = endless();
    const server = await served(async () => ({ status, headers: { 'x-a': '1' }, body }));
    const answer = await sendRaw(server.port, [`${method} / HTTP/1.1`, 'Host: localhost']);
    expect(answer).toMatchObject({ status, headers: { 'x-a': '1' } });
    expect(answer.body).toHaveLength(0);
    expect(body.destroyed).toBe(true);
  });

  test('several values of a header are several headers', async () => {
    const headers = { 'set-cookie': ['a=1', 'b=2'] };
    const server = await served(async () => ({ status: 200, headers, body: 'x' }));
    const answer = await fetch(server.origin);
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(answer.headers.get('content-length')).toBe('1');
  });

  test('a body that fails half-way cuts the connection', async () => {
    const lengths: Record<string, string>[] = [{ 'content-length': '100' }, {}];
    for (const headers of lengths) {
      async function* broken() {
        yield Buffer.from('half');
        throw new Error('the disk is gone');
      }
      const server = await served(async () => ({
        status: 200,
        headers,
        body: Readable.from(broken()),
      }));
      const answer = await fetch(server.origin);
      await expect(answer.text()).rejects.toThrow();
      expect(await server.connections()).toBe(0);
    }
  });

  test('a body that fails before its first byte does not look like an empty file', async () => {
    const body = new Readable({
      read() {
        this.destroy(new Error('gone'));
      },
    });
    const server = await served(async () => ({ status: 200, headers: {}, body }));
    await expect(fetch(server.origin).then((answer) => answer.text())).rejects.toThrow();
  });
});

describe('headers that can’t be sent', () => {
  test.each([
    ['x-a', 'b\r\nset-cookie: c=d'],
    ['x-a', 'b\nc'],
    ['x-a', 'b\0'],
    ['x-a', '日本'],
    ['x a', 'b'],
    ['x-a:', 'b'],
    ['X-A', 'b'],
    ['', 'b'],
  ])(
    '%j: %j are a mistake: 500, nothing of them is sent, the body is freed',
    async (name, value) => {
      vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
      const { body } = endless();
      const server = await served(async () => ({ status: 200, headers: { [name]: value }, body }));
      const answer = await sendRaw(server.port, GET);
      expect(answer.status).toBe(500);
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect(body.destroyed).toBe(true);
      expect(process.emitWarning).toHaveBeenCalledOnce();
    },
  );
  afterEach(() => vi.restoreAllMocks());
});

describe('a handler that throws', () => {
  const failing: HttpHandler = async () => {
    throw new Error('a mistake with a secret');
  };
  afterEach(() => vi.restoreAllMocks());

  test('is answered with 500 without its message, and the process is warned', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const server = await served(failing);
    const answer = await sendRaw(server.port, GET);
    expect(answer.status).toBe(500);
    expect(answer.body.toString()).not.toContain('secret');
    expect(process.emitWarning).toHaveBeenCalledWith(expect.any(Error));
  });

  test('is left to `next` where there is one', async () => {
    const server = await serve((request, response) => {
      void nodeListener(failing)(request, response, (error) => {
        response.statusCode = 599;
        response.end(String(error));
      });
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    expect((await sendRaw(server.port, GET)).status).toBe(599);
  });
});

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

describe('an answer while the body is still coming', () => {
  const refusing: HttpHandler = async () => ({ status: 413, headers: {}, body: 'too large' });

  /** Sends the head and as much of a body as is taken; resolves with all that came back. */
  async function upload(port: number, length: number): Promise<{ answer: Buffer; sent: number }> {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => {});
    socket.write(`PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`);
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1024);
    const send = () => {
      while (!socket.destroyed && sent < length) {
        sent += chunk.length;
        if (!socket.write(chunk.subarray(0, Math.min(chunk.length, length - sent + chunk.length))))
          return;
      }
    };
    socket.on('drain', send);
    send();
    if (length <= 512 * 1024) await eventually(() => expect(chunks.length).toBeGreaterThan(0));
    else await new Promise((resolve) => socket.once('close', resolve));
    socket.destroy();
    return { answer: Buffer.concat(chunks), sent };
  }

  test('is seen, and the connection cut, where much is to come', async () => {
    const server = await served(refusing);
    const { answer, sent } = await upload(server.port, 1024 ** 3);
    expect(parseAnswer(answer)).toMatchObject({ status: 413, body: Buffer.from('too large') });
    expect(sent).toBeLessThan(128 * 1024 * 1024);
    await eventually(async () => expect(await server.connections()).toBe(0));
  });

  const leaving: HttpHandler = async (request) => {
    for await (const _ of request.body?.iterator({ destroyOnReturn: false }) ?? []) break;
    return refusing(request);
  };

  test.each([
    ['nothing was read', refusing],
    ['some was read', leaving],
  ])('keeps the connection where little is to come, and %s', async (_, handler) => {
    const server = await served(handler);
    const { port } = server;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const ports = new Set<number | undefined>();
    for (let i = 0; i < 3; i++) {
      const request = httpRequest({
        port,
        agent,
        method: 'PUT',
        headers: { 'content-length': '300000' },
      });
      request.end(Buffer.alloc(300_000));
      const [answer] = await once(request, 'response');
      ports.add(answer.socket.localPort);
      expect(answer.statusCode).toBe(413);
      await readAll(answer);
    }
    expect(ports.size).toBe(1);
  });

  test('is seen also where the handler has thrown the body away', async () => {
    const server = await served(async ({ body }) => {
      body?.destroy();
      return { status: 403, headers: {}, body: 'no' };
    });
    const { answer } = await upload(server.port, 256 * 1024);
    expect(parseAnswer(answer)).toMatchObject({ status: 403 });
  });

  test('and one that the storage has thrown away', async () => {
    await using storage = new MemoryStorageProvider();
    await storage.upload('a', 'x');
    const server = await served(async ({ body }) => {
      const condition = { type: 'absent' } as const;
      const error = await storage.upload('a', body ?? '', { condition }).catch((e: Error) => e);
      return { status: 412, headers: {}, body: String(error) };
    });
    const { answer } = await upload(server.port, 256 * 1024);
    expect(parseAnswer(answer)).toMatchObject({ status: 412 });
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

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}

/** Resolves when a count has stopped. */
async function settled(count: () => number): Promise<void> {
  let last = -1;
  await vi.waitFor(
    () => {
      const now = count();
      const stopped = now === last;
      last = now;
      expect(stopped && now > 0).toBe(true);
    },
    { interval: 100, timeout: 30_000 },
  );
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
