import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { DebianStartError, startCeph } from '../../src/ceph/index.js';
import { freePorts } from '../../src/daemons/ports.js';
import './provided.js';

// a port that is taken between its choice and its use can't be had on demand
vi.mock('../../src/daemons/ports.js', { spy: true });

const server = inject('ceph');

describe.skipIf(server === null || server.version === null)('other ports are tried', () => {
  let occupant: Server;
  let taken: number;

  beforeAll(async () => {
    occupant = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const address = occupant.address();
    taken = typeof address === 'object' && address !== null ? address.port : 0;
  });

  afterAll(() => new Promise((resolve) => occupant.close(resolve)));

  test.each([
    ['gateway', (free: number) => [taken, free]],
    ['monitor', (free: number) => [free, taken]],
  ])("when the %s's is taken before it is used", async (_, chosen) => {
    const [free = 0] = await freePorts([0]);
    vi.mocked(freePorts).mockClear().mockResolvedValueOnce(chosen(free));
    await using ceph = await startCeph();
    expect(freePorts).toHaveBeenCalledTimes(2);
    expect((await fetch(ceph.endpoint)).status).toBe(200);
  });

  test('a few times, and then the error gives the log of the daemon', async () => {
    const [free = 0] = await freePorts([0]);
    vi.mocked(freePorts).mockClear().mockResolvedValue([free, taken]);
    const started = startCeph();
    await expect(started).rejects.toThrow(DebianStartError);
    await expect(started).rejects.toThrow(/mon\.a.*log ends:\n.*bind.*Address already in use/s);
    expect(freePorts).toHaveBeenCalledTimes(5);
  });
});
