import { once } from 'node:events';
import { connect } from 'node:net';
import { type Check, failure, ok } from '../check.js';
import { hostOf, portOf } from '../server-address.js';

const REASONS: Readonly<Record<string, readonly [text: string, mend: string]>> = {
  ECONNREFUSED: ['nobody listens there', 'look whether the server runs, and at the port'],
  EHOSTUNREACH: ['there is no way to it', 'look at this machine’s network and its routes'],
  ENETUNREACH: ['there is no way to it', 'look at this machine’s network and its routes'],
  ETIMEDOUT: ['it does not answer', 'look for a firewall between, and at security groups'],
  ECONNRESET: ['it cuts the connection', 'look for a firewall or a proxy between'],
};

export const connection: Check = {
  id: 'connection',
  title: 'Connection to the server',
  needs: ['name'],
  hindrance: 'the server can’t be reached',
  applies: ({ bucket }) => bucket !== undefined,
  async run({ bucket }, signal) {
    const address = await bucket?.inspection.address();
    if (address === undefined) return [];
    const [host, port] = [hostOf(address), portOf(address)];
    const begun = performance.now();
    const socket = connect({ host, port, signal });
    try {
      await once(socket, 'connect');
      const took = performance.now() - begun;
      return [ok(`${host} port ${port} is connected to in ${took.toFixed(1)} ms`)];
    } catch (error) {
      const [text, mend] = REASONS[codeOf(error)] ?? [`it failed: ${codeOf(error)}`, undefined];
      return [failure(`${host} port ${port}: ${text}`, mend)];
    } finally {
      socket.destroy();
    }
  },
};

/** Where a name has several addresses, of the first. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
