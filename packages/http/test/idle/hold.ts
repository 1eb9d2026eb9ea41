import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { bundledModule } from '../../../testkit/test/bundled-module.js';

const MIB = 1024 ** 2;

/** Bytes that a connection may take of the server's memory: its socket, its parser, and what is not collected yet. */
const EACH = 32 * 1024;

const bundle = bundledModule(new URL('server-process.ts', import.meta.url), 'http');

/** The server has a process of its own: one for both sides would need twice the descriptors. */
async function start(limit: number): Promise<number> {
  const limits = { headersTimeout: limit, keepAliveTimeout: limit };
  const code = `
    import { serveIdle } from ${JSON.stringify(bundle.url.href)};
    await serveIdle(${JSON.stringify(limits)});`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const [address] = await once(child.stdout, 'data');
  return JSON.parse(String(address)).port;
}

/**
 * Opens so many connections, a third each that says nothing, that begins a request, and that has had its answer; sees that others are
 * answered meanwhile, and that all of them are ended.
 * @param limit milliseconds after which the server ends them.
 */
export async function holdIdle(count: number, limit: number): Promise<void> {
  const port = await start(limit);
  const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  const before = Number(await ask('/memory'));
  const ended: Promise<unknown>[] = [];
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (let from = 0; from < count; from += 500) {
    const opened = Array.from({ length: Math.min(500, count - from) }, async (_, index) => {
      const socket = connect(port, '127.0.0.1')
        .on('error', () => {})
        .resume();
      sockets.push(socket);
      ended.push(new Promise((resolve) => socket.once('close', resolve)));
      await once(socket, 'connect');
      if (index % 3 === 1) socket.write('GET /a.txt HTTP/1.1\r\n');
      if (index % 3 === 2) socket.write('GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n');
    });
    await Promise.all(opened);
  }
  await expect
    .poll(async () => Number(await ask('/open')), { timeout: limit })
    .toBeGreaterThanOrEqual(count); // the system takes some before the server does
  expect(await ask('/a.txt')).toBe('hello');
  const grown = Number(await ask('/memory')) - before;
  expect(grown).toBeLessThan(32 * MIB + count * EACH);
  await Promise.all(ended);
  expect(await ask('/a.txt')).toBe('hello');
  await expect.poll(async () => Number(await ask('/open'))).toBeLessThan(3);
}
