import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { cutSlowClient } from '../../src/index.js';
import { eventually } from '../eventually.js';
import { type Served, serve } from '../serve.js';
import { endless, GET, served } from './streams.js';

const SLOWEST = { bytes: 64 * 1024, within: 200 };

function dial({ port }: Served, head: readonly string[]): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  return socket;
}

/** Does something again and again until the connection has ended, or the test. */
function again(socket: Socket, act: () => void): void {
  const timer = setInterval(act, 10);
  socket.once('close', () => clearInterval(timer));
  onTestFinished(() => clearInterval(timer));
}

test.each([
  ['takes nothing', () => {}],
  ['takes a byte now and then', (socket: Socket) => void socket.read(1)],
])('a client that %s is cut off, and the file let go of', async (_, act) => {
  const { body } = endless();
  const server = await served(async () => ({ status: 200, headers: {}, body }), {
    slowest: SLOWEST,
  });
  const socket = dial(server, GET);
  socket.pause();
  again(socket, () => act(socket));
  await eventually(() => expect(body.destroyed).toBe(true));
  await eventually(async () => expect(await server.connections()).toBe(0));
});

test('so is one that leaves the end of an answer', async () => {
  const body = Buffer.alloc(64 * 1024 * 1024);
  const server = await served(async () => ({ status: 200, headers: {}, body }), {
    slowest: { bytes: body.length, within: 200 },
  });
  dial(server, GET).pause();
  await eventually(async () => expect(await server.connections()).toBe(1));
  await eventually(async () => expect(await server.connections()).toBe(0));
});

test('a client that takes enough is not, however long it takes', async () => {
  const whole = 6 * 1024 * 1024;
  const body = () => Readable.from(Array.from({ length: 96 }, () => Buffer.alloc(64 * 1024)));
  const server = await served(async () => ({ status: 200, headers: {}, body: body() }), {
    slowest: { bytes: 1024, within: 400 },
  });
  const socket = dial(server, GET);
  socket.pause();
  let taken = 0;
  again(socket, () => {
    taken += (socket.read() as Buffer | null)?.length ?? 0;
  });
  await eventually(() => expect(taken).toBeGreaterThan(whole));
});

test('nor one that takes a large piece at that pace, of which the system tells nothing before its end', async () => {
  const body = Buffer.alloc(24 * 1024 * 1024);
  const server = await served(async () => ({ status: 200, headers: {}, body }), {
    slowest: SLOWEST,
  });
  const socket = dial(server, GET);
  socket.pause();
  let taken = 0;
  again(socket, () => {
    taken += (socket.read() as Buffer | null)?.length ?? 0;
  });
  await eventually(() => expect(taken).toBeGreaterThan(body.length));
});

test('a storage that is slow is not the client’s fault', async () => {
  async function* slow() {
    for (let chunk = 0; chunk < 4; chunk++) {
      await sleep(500);
      yield Buffer.from('x');
    }
  }
  const server = await served(
    async () => ({ status: 200, headers: {}, body: Readable.from(slow()) }),
    { slowest: { bytes: 64 * 1024, within: 100 } },
  );
  expect(await (await fetch(server.origin)).text()).toBe('xxxx');
});

const PUT = ['PUT / HTTP/1.1', 'Host: localhost', 'Content-Length: 1000000'];

test.each([
  ['while it is read', false],
  ['when it was answered', true],
])('a client that sends a byte now and then is cut off %s', async (_, isAnswered) => {
  const server = await served(
    async ({ body }) => {
      if (!isAnswered) for await (const _ of body ?? []);
      return { status: 403, headers: {}, body: 'no' };
    },
    { slowest: SLOWEST },
  );
  const socket = dial(server, PUT);
  socket.resume();
  again(socket, () => socket.write('x'));
  await new Promise((resolve) => socket.once('close', resolve));
  await eventually(async () => expect(await server.connections()).toBe(0));
});

test('a client that sends is not cut off while nobody reads', async () => {
  let read = 0;
  const server = await served(
    async ({ body }) => {
      await sleep(600);
      for await (const chunk of body ?? []) read += chunk.length;
      return { status: 200, headers: {}, body: 'taken' };
    },
    { slowest: { bytes: 1024, within: 100 } },
  );
  const answer = await fetch(server.origin, { method: 'PUT', body: new Uint8Array(5_000_000) });
  expect(await answer.text()).toBe('taken');
  expect(read).toBe(5_000_000);
});

test('a client whose body is not wanted any more is not cut off while its answer is made', async () => {
  const server = await served(
    async ({ body }) => {
      for await (const _ of body ?? []) break;
      await sleep(600);
      return { status: 403, headers: {}, body: 'no' };
    },
    { slowest: { bytes: 1024, within: 100 } },
  );
  const socket = dial(server, PUT);
  socket.write('x');
  const answer = await new Promise((resolve) => {
    socket.once('data', resolve).once('close', () => resolve('cut off'));
  });
  expect(String(answer)).toContain('403');
});

test('a client that goes on sending slowly after a whole answer is cut off', async () => {
  await using server = await serve((request, response) => {
    cutSlowClient(request, response, SLOWEST);
    response.end('no');
  });
  const socket = dial(server, PUT);
  let answered = false;
  socket.once('data', () => {
    answered = true;
  });
  again(socket, () => socket.write('x'));
  await new Promise((resolve) => socket.once('close', resolve));
  expect(answered).toBe(true);
});

test('without a limit nobody is cut off', async () => {
  const one = endless();
  const other = endless();
  const free = await served(async () => ({ status: 200, headers: {}, body: one.body }), {
    slowest: false,
  });
  const limited = await served(async () => ({ status: 200, headers: {}, body: other.body }), {
    slowest: SLOWEST,
  });
  dial(free, GET).pause();
  dial(limited, GET).pause();
  await eventually(() => expect(other.body.destroyed).toBe(true));
  expect(one.body.destroyed).toBe(false);
  expect(await free.connections()).toBe(1);
});
