import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface Served extends AsyncDisposable {
  readonly port: number;
  /** Such as `http://127.0.0.1:41234`. */
  readonly origin: string;
  /** Connections that are open. */
  connections(): Promise<number>;
}

/** A server of Node on a free port. */
export async function serve(listener: RequestListener): Promise<Served> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * Sends a request as it is written, with nothing added or tidied, and reads until the server closes.
 * @param at the port on this machine, or the path of a socket.
 * @param lines of the head; `connection: close` is added.
 */
export async function sendRaw(
  at: number | string,
  lines: readonly string[],
  body: Uint8Array = new Uint8Array(),
): Promise<RawAnswer> {
  const socket = typeof at === 'string' ? connect(at) : connect(at, '127.0.0.1');
  const head = [...lines, 'Connection: close', '', ''].join('\r\n');
  socket.write(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return parseAnswer(Buffer.concat(chunks));
}

export function parseAnswer(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(first.split(' ')[1]), headers, body: bytes.subarray(end + 4) };
}
