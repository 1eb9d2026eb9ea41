import { Readable } from 'node:stream';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type HttpHandler, nodeListener } from '../../src/index.js';
import { sendRaw, serve } from '../serve.js';
import { endless, GET, served } from './streams.js';

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
