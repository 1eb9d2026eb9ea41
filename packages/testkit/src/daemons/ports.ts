import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Ports of 127.0.0.1 that nobody listened on a moment ago: one per wish, 0 for any.
 * @throws Error if a wish can't be met.
 */
export async function freePorts(wishes: readonly number[]): Promise<number[]> {
  const servers = wishes.map(() => createServer());
  try {
    const ports: number[] = [];
    for (const [index, server] of servers.entries()) {
      const wish = wishes[index] ?? 0;
      const listening = once(server, 'listening');
      server.listen(wish, '127.0.0.1');
      await listening.catch((cause: unknown) => {
        throw new Error(`Port ${wish} of 127.0.0.1 can't be listened on.`, { cause });
      });
      const address = server.address();
      if (address !== null && typeof address === 'object') ports.push(address.port);
    }
    return ports;
  } finally {
    await Promise.all(
      servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
  }
}
