import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Check, failure, ok, warning } from '../check.js';
import { hostOf, isLoopback } from '../server-address.js';

export const name: Check = {
  id: 'name',
  title: 'Name and address of the server',
  hindrance: 'the server’s name can’t be resolved',
  applies: ({ bucket }) => bucket !== undefined,
  async run({ bucket }) {
    const address = await bucket?.inspection.address();
    if (address === undefined) return [];
    const host = hostOf(address);
    const clear =
      address.protocol === 'http:' && !isLoopback(host)
        ? [
            warning(
              `${address.origin} is not encrypted: everybody on the way can read the files`,
              'use an address that begins with https://',
            ),
          ]
        : [];
    if (isIP(host) !== 0) return [ok(`${address.origin} needs no name to be resolved`), ...clear];
    try {
      const found = await lookup(host, { all: true });
      const addresses = [...new Set(found.map((each) => each.address))].slice(0, 4);
      return [ok(`${host} is ${addresses.join(', ')}`), ...clear];
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? `${error.code}` : 'no answer';
      return [
        failure(
          `the name ${host} can’t be resolved (${code})`,
          code === 'EAI_AGAIN'
            ? 'the name server does not answer: look at this machine’s network and /etc/resolv.conf'
            : 'look for a mistake in the endpoint, the region or the bucket’s name',
        ),
      ];
    }
  },
};
