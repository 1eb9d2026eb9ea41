import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * A server as its clients reach it. With the gate shut it is away: what was under way is cut off, and what begins anew is turned down, as
 * by a server that has stopped.
 */
export class Gate {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#let(socket));
  readonly #inside: { readonly host: string; readonly port: number };
  #shut = false;

  private constructor(endpoint: string) {
    const { hostname: host, port } = new URL(endpoint);
    this.#inside = { host, port: Number(port) };
  }

  static async before(endpoint: string): Promise<Gate> {
    const gate = new Gate(endpoint);
    await once(gate.#server.listen(0, '127.0.0.1'), 'listening');
    return gate;
  }

  /** Where the server is to be reached. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  shut(): void {
    this.#shut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  open(): void {
    this.#shut = false;
  }

  async close(): Promise<void> {
    this.shut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #let(outer: Socket): void {
    if (this.#shut) return void outer.on('error', () => {}).resetAndDestroy();
    const inner = connect(this.#inside);
    const both = [
      [outer, inner],
      [inner, outer],
    ] as const;
    for (const [socket, other] of both) {
      this.#sockets.add(socket);
      socket.on('error', () => {}); // its end is told by `close`
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }
}
