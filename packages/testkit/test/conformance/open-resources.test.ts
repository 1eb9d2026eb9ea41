import { open } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { platform } from 'node:process';
import { expect, it } from 'vitest';
import { openedSince, openResources } from '../../src/conformance/open-resources.js';

const COUNT = 5;

it.runIf(platform === 'linux')('descriptors that are open still are told', async () => {
  const before = openResources();
  const files = await Promise.all(Array.from({ length: COUNT }, () => open('/dev/null')));
  try {
    expect(openedSince(before)).toContainEqual(expect.stringMatching(/^\d+ descriptors$/));
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
  await expect.poll(() => openedSince(before)).toEqual([]);
});

it('sockets that are open still are told', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const before = openResources();
  const connected = (socket: Socket) => new Promise((resolve) => socket.once('connect', resolve));
  const sockets = Array.from({ length: COUNT }, () => connect(port, '127.0.0.1'));
  await Promise.all(sockets.map(connected));
  expect(openedSince(before)).toContainEqual(expect.stringMatching(/^\d+ sockets$/));
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => openedSince(before)).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
});
