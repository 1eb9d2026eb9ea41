import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { fetchHandler, type HttpHandler } from '../../src/index.js';
import { eventually } from '../eventually.js';

function endless(): { readonly body: Readable; readonly chunks: () => number } {
  let chunks = 0;
  const body = new Readable({
    highWaterMark: 1,
    read() {
      chunks += 1;
      this.push(Buffer.alloc(1024));
    },
  });
  return { body, chunks: () => chunks };
}

const answering =
  (answer: Awaited<ReturnType<HttpHandler>>): HttpHandler =>
  async () =>
    answer;

test('what a handler sees of a request, and what becomes of its answer', async () => {
  const answer = await fetchHandler(async ({ method, url, header, body }) => ({
    status: 201,
    headers: {
      'set-cookie': ['a=1', 'b=2'],
      'x-seen': [method, url.pathname, header('x-a')].join(),
    },
    body,
  }))(new Request('http://a/b%20c?d', { method: 'PUT', headers: { 'X-A': '1' }, body: 'content' }));
  expect(answer.status).toBe(201);
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(answer.headers.get('x-seen')).toBe('PUT,/b%20c,1');
  expect(await answer.text()).toBe('content');
});

test('a body is read at the pace of its reader', async () => {
  const { body, chunks } = endless();
  const answer = await fetchHandler(answering({ status: 200, headers: {}, body }))(
    new Request('http://a/'),
  );
  const reader = answer.body?.getReader();
  for (let i = 0; i < 3; i++) expect((await reader?.read())?.value).toHaveLength(1024);
  await new Promise((resolve) => setImmediate(resolve));
  expect(chunks()).toBeLessThan(8);
  await reader?.cancel();
  expect(body.destroyed).toBe(true);
});

test('a body that fails is no end', async () => {
  async function* broken() {
    yield Buffer.from('half');
    throw new Error('the disk is gone');
  }
  const body = Readable.from(broken());
  const answer = await fetchHandler(answering({ status: 200, headers: {}, body }))(
    new Request('http://a/'),
  );
  await expect(answer.text()).rejects.toThrow();
});

describe('a body that nobody will read is freed', () => {
  test.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 205],
    ['GET', 304],
  ])('of %s with %i', async (method, status) => {
    const { body } = endless();
    const answer = await fetchHandler(answering({ status, headers: { 'x-a': '1' }, body }))(
      new Request('http://a/', { method }),
    );
    expect(answer.status).toBe(status);
    expect(answer.body).toBeNull();
    expect(body.destroyed).toBe(true);
  });

  test('when the client has gone before', async () => {
    const { body } = endless();
    const request = new Request('http://a/', { signal: AbortSignal.abort() });
    await fetchHandler(answering({ status: 200, headers: {}, body }))(request);
    expect(body.destroyed).toBe(true);
  });

  test('when the client goes later', async () => {
    const { body } = endless();
    const gone = new AbortController();
    const request = new Request('http://a/', { signal: gone.signal });
    const answer = await fetchHandler(answering({ status: 200, headers: {}, body }))(request);
    const reader = answer.body?.getReader();
    await reader?.read();
    gone.abort();
    await eventually(() => expect(body.destroyed).toBe(true));
    await expect(reader?.closed).rejects.toThrow();
  });

  test('when its headers can’t be sent', async () => {
    const { body } = endless();
    const headers = { 'x-a': 'b\r\nc: d' };
    const answer = fetchHandler(answering({ status: 200, headers, body }))(
      new Request('http://a/'),
    );
    await expect(answer).rejects.toThrow(TypeError);
    expect(body.destroyed).toBe(true);
  });
});
