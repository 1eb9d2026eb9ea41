import { type Check, ok, warning } from '../check.js';

/** Their values may hold passwords, and are not told. */
const VARIABLES = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'ALL_PROXY',
  'all_proxy',
];

export const proxy: Check = {
  id: 'proxy',
  title: 'Proxies',
  hindrance: 'a proxy is in the way',
  applies: ({ bucket }) => bucket !== undefined,
  async run() {
    const set = VARIABLES.filter((variable) => process.env[variable]);
    if (set.length === 0) return [ok('none is set in the environment')];
    return [
      warning(
        `${set.join(', ')} is set, and not heeded: the server is connected to directly`,
        'where only a proxy leads out, let the firewall pass connections to the server, or use an endpoint within the network',
      ),
    ];
  },
};
