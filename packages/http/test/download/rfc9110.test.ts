import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStorageProvider } from '@org/storage-local';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { downloadHandler, keyBelow, nodeListener } from '../../src/index.js';
import { parsedParts } from '../parts.js';
import { type Served, sendRaw, serve } from '../serve.js';
import { CASES, CONTENT, MODIFIED, SIZE } from './rfc9110-cases.js';

let root: string;
let storage: LocalStorageProvider;
let server: Served;
let etag: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rfc9110-'));
  await writeFile(join(root, 'file.txt'), CONTENT);
  await utimes(join(root, 'file.txt'), MODIFIED, MODIFIED);
  storage = new LocalStorageProvider({ root });
  server = await serve(nodeListener(downloadHandler({ storage, key: keyBelow('/') })));
  etag = (await sendRaw(server.port, ['HEAD /file.txt HTTP/1.1', 'Host: a'])).headers['etag'] ?? '';
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await storage.close();
  await rm(root, { recursive: true, force: true });
});

test('there are cases enough, each of its own', () => {
  expect(CASES.length).toBeGreaterThan(100);
  expect(new Set(CASES.map(({ method, fields }) => JSON.stringify([method, fields]))).size).toBe(
    CASES.length,
  );
  expect(etag).toMatch(/^"[^"]+"$/);
});

describe('RFC 9110', () => {
  test.each(CASES)('$method, $name: $expected', async ({ method, fields, expected }) => {
    const lines = Object.entries(fields).map(
      ([name, value]) => `${name}: ${value.replaceAll('ETAG', etag)}`,
    );
    const answer = await sendRaw(server.port, [
      `${method} /file.txt HTTP/1.1`,
      'Host: localhost',
      ...lines,
    ]);
    const { status, headers, body } = answer;
    const bodyless = method === 'HEAD' || status === 304;
    if (bodyless) expect(body).toHaveLength(0);
    else expect(headers['content-length']).toBe(String(body.byteLength));
    if (expected === 200 || expected === 304 || typeof expected === 'object') {
      expect(headers).toMatchObject({ etag, 'last-modified': MODIFIED.toUTCString() });
      expect(headers['cache-control']).toBe('private, no-cache');
    }
    if (typeof expected === 'object') {
      expect(status).toBe(206);
      const parts = parsedParts(answer);
      expect(parts.map(({ range }) => range)).toEqual(
        expected.map((range) => `bytes ${range}/${SIZE}`),
      );
      for (const { range, content } of parts) {
        const [, first = '', last = ''] = /(\d+)-(\d+)/.exec(range) ?? [];
        expect(content).toEqual(CONTENT.subarray(Number(first), Number(last) + 1));
      }
      return;
    }
    expect(status).toBe(expected);
    expect(headers['content-range']).toBe(status === 416 ? `bytes */${SIZE}` : undefined);
    expect(headers['allow']).toBe(status === 405 ? 'GET, HEAD' : undefined);
    if (status === 304) expect(headers['content-length']).toBeUndefined();
    if (status !== 200) return;
    expect(headers['accept-ranges']).toBe('bytes');
    if (method === 'HEAD') expect(headers['content-length']).toBe(String(SIZE));
    else expect(body).toEqual(CONTENT);
  });
});

describe('an empty file', () => {
  test.each([
    ['bytes=0-', 416],
    ['bytes=0-0', 416],
    ['bytes=-0', 416],
    ['bytes=-1', 200], // within it, though no 206 could say so
  ])('%s: %i', async (range, expected) => {
    await writeFile(join(root, 'empty'), '');
    const lines = ['GET /empty HTTP/1.1', 'Host: localhost', `Range: ${range}`];
    const { status, headers, body } = await sendRaw(server.port, lines);
    expect(status).toBe(expected);
    if (status === 416) expect(headers['content-range']).toBe('bytes */0');
    else expect(body).toHaveLength(0);
  });
});
