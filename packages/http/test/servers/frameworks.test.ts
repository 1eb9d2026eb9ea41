import { MemoryStorageProvider, readAll } from '@org/storage-core';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  downloadHandler,
  fetchHandler,
  type HttpHandler,
  keyBelow,
  nodeListener,
  signedUrlHandler,
} from '../../src/index.js';
import { type Served, serve } from '../serve.js';

const KEYS = [{ id: 'a', secret: 'x'.repeat(32) }];

/** Somewhere an application runs, with a way to ask it. */
interface Running {
  readonly fetch: typeof fetch;
  close(): Promise<void>;
}

interface Routes {
  readonly files: HttpHandler;
  readonly signed: HttpHandler;
  readonly mistake: HttpHandler;
}

const running = (served: Served): Running => ({
  fetch: (input, init) => fetch(String(input).replace('http://app', served.origin), init),
  close: async () => served[Symbol.asyncDispose](),
});

const SERVERS: Readonly<Record<string, (routes: Routes) => Promise<Running>>> = {
  async 'node:http'({ files, signed, mistake }) {
    const [onFiles, onSigned, onMistake] = [files, signed, mistake].map((handler) =>
      nodeListener(handler),
    );
    const listener: ReturnType<typeof nodeListener> = async (request, response, next) => {
      if (request.url?.startsWith('/files/')) return onFiles?.(request, response, next);
      if (request.url?.startsWith('/signed/')) return onSigned?.(request, response, next);
      return onMistake?.(request, response, next);
    };
    return running(await serve((request, response) => void listener(request, response)));
  },

  async Express({ files, signed, mistake }) {
    const app = express();
    app.use('/files', nodeListener(files));
    app.use('/signed', nodeListener(signed));
    app.use('/mistake', nodeListener(mistake));
    app.use(
      (
        _error: unknown,
        _request: express.Request,
        response: express.Response,
        _next: express.NextFunction,
      ) => {
        response.status(500).send('of the application');
      },
    );
    return running(await serve(app));
  },

  async Fastify({ files, signed, mistake }) {
    const app = fastify();
    app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      for (const [path, handler] of Object.entries({ files, signed, mistake })) {
        const listener = nodeListener(handler);
        scope.all(`/${path}/*`, async (request, reply) => {
          reply.hijack();
          await listener(request.raw, reply.raw);
        });
      }
    });
    const origin = await app.listen({ port: 0, host: '127.0.0.1' });
    return {
      fetch: (input, init) => fetch(String(input).replace('http://app', origin), init),
      async close() {
        app.server.closeAllConnections();
        await app.close();
      },
    };
  },

  async Hono({ files, signed, mistake }) {
    const app = new Hono();
    app.all('/files/*', (context) => fetchHandler(files)(context.req.raw));
    app.all('/signed/*', (context) => fetchHandler(signed)(context.req.raw));
    app.all('/mistake/*', (context) => fetchHandler(mistake)(context.req.raw));
    app.onError((_error, context) => context.text('of the application', 500));
    return {
      fetch: async (input, init) => app.fetch(new Request(input, init)),
      close: async () => {},
    };
  },
};

describe.each(Object.entries(SERVERS))('%s', (name, start) => {
  const storage = new MemoryStorageProvider({
    urls: { baseUrl: 'http://app/signed', keys: KEYS },
  });
  const signer = storage.urlSigner;
  if (signer === undefined) throw new Error('the provider signs no URLs');
  let app: Running;
  beforeAll(async () => {
    app = await start({
      files: downloadHandler({ storage, key: keyBelow('/files/') }),
      signed: signedUrlHandler({ storage, signer }),
      mistake: async () => {
        throw new Error('a mistake');
      },
    });
  });
  afterAll(() => app.close());
  beforeEach(() => storage.upload('a/ü b.txt', `${'x'.repeat(100_000)}end`));

  const file = 'http://app/files/a/%C3%BC%20b.txt';

  test('a file, a part, what is known, what is not there', async () => {
    const whole = await app.fetch(file);
    expect([whole.status, (await whole.text()).length]).toEqual([200, 100_003]);
    const part = await app.fetch(file, { headers: { range: 'bytes=-3' } });
    expect([part.status, await part.text()]).toEqual([206, 'end']);
    const etag = whole.headers.get('etag') ?? '';
    const known = await app.fetch(file, { headers: { 'if-none-match': etag } });
    expect([known.status, await known.text()]).toEqual([304, '']);
    const head = await app.fetch(file, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '100003']);
    const missing = await app.fetch('http://app/files/missing');
    expect([missing.status, await missing.json()]).toMatchObject([404, { code: 'NotFound' }]);
    const post = await app.fetch(file, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    await post.text();
  });

  test('an upload by a signed URL and by a form, and a download', async () => {
    const content = 'y'.repeat(200_000);
    const put = await storage.createUploadTicket?.('new 1.txt', { contentLength: 200_000 });
    if (put?.type !== 'put') throw new Error('no ticket');
    const stored = await app.fetch(put.url, { method: 'PUT', headers: put.headers, body: content });
    expect(stored.status).toBe(200);
    const post = await storage.createUploadTicket?.('new 2.txt', {
      type: 'post',
      size: { max: 200_000 },
    });
    if (post?.type !== 'post') throw new Error('no ticket');
    const form = new FormData();
    for (const [field, value] of Object.entries(post.fields)) form.append(field, value);
    form.append('file', new Blob([content]));
    expect((await app.fetch(post.url, { method: 'POST', body: form })).status).toBe(204);
    for (const key of ['new 1.txt', 'new 2.txt']) {
      expect((await readAll((await storage.download(key)).body)).toString()).toBe(content);
      const url = await storage.createDownloadUrl?.(key);
      const answer = await app.fetch(url?.url ?? '');
      expect([answer.status, await answer.text()]).toEqual([200, content]);
    }
  });

  test('an upload that is refused early is told so', async () => {
    const ticket = await storage.createUploadTicket?.('new.txt', { contentLength: 5 });
    const url = ticket?.type === 'put' ? ticket.url : '';
    const body = Buffer.alloc(300_000);
    const answer = await app.fetch(`${url}x`, { method: 'PUT', body });
    expect(answer.status).toBe(403);
    await answer.text();
  });

  test('a mistake is the application’s to answer', async () => {
    if (name === 'node:http' || name === 'Fastify') return; // they have nobody else: see node.test.ts
    const answer = await app.fetch('http://app/mistake/');
    expect([answer.status, await answer.text()]).toEqual([500, 'of the application']);
  });
});
