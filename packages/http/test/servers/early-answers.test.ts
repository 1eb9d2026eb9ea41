import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { MemoryStorageProvider, readAll } from '@org/storage-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { HttpHandler } from '../../src/index.js';
import { eventually } from '../eventually.js';
import { parseAnswer } from '../serve.js';
import { served } from './streams.js';

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
