import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BackgroundSync } from './background-sync.js';

export interface HealthServerOptions {
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default `127.0.0.1`: only this host asks. */
  readonly host?: string;
  /** Answers what is asked at other paths. Default: 404. */
  readonly further?: Readonly<Record<string, RequestListener>> | undefined;
}

export interface HealthServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Answers `GET /healthz` with the status of a background sync, as JSON: 200 as long as it is healthy, else 503.
 * @throws Error of the operating system if the port can't be had.
 */
export async function startHealthServer(
  sync: Pick<BackgroundSync, 'status'>,
  { port = 0, host = '127.0.0.1', further = {} }: HealthServerOptions = {},
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const asked = request.url?.split('?')[0] ?? '';
    if (asked !== '/healthz' && Object.hasOwn(further, asked)) {
      further[asked]?.(request, response);
      return;
    }
    const known = asked === '/healthz' && ['GET', 'HEAD'].includes(request.method ?? '');
    const { status } = sync;
    response.writeHead(known ? (status.healthy ? 200 : 503) : 404, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
    });
    response.end(known && request.method === 'GET' ? `${JSON.stringify(status)}\n` : undefined);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const close = async () => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url: `http://${name}:${address.port}`, close, [Symbol.asyncDispose]: close };
}
