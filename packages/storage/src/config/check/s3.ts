import type { Path } from '../node.js';
import type { S3Configuration } from '../types/configuration.js';
import type { CrossFinding } from './finding.js';

/** As the provider has them. */
const DEFAULTS = { concurrency: 4, maxSockets: 50, partSize: 8 * 1024 ** 2 } as const;

/** Servers that have no access control lists of files. */
const WITHOUT_ACLS: readonly string[] = ['minio', 'r2'];

/** What the provider would refuse, told by setting. */
export function* checkS3(configuration: S3Configuration, path: Path): Generator<CrossFinding> {
  const { endpoint, encryption, acl, credentials, profile } = configuration;
  const { concurrency = DEFAULTS.concurrency, maxSockets = DEFAULTS.maxSockets } = configuration;
  const { partSize = DEFAULTS.partSize, multipartThreshold = partSize } = configuration;
  const { downloadConcurrency = 1, server = serverOf(endpoint) } = configuration;
  const at = (name: string, message: string) => ({ path: [...path, name], message });
  if (maxSockets < concurrency)
    yield at('maxSockets', `is ${maxSockets}, less than concurrency (${concurrency})`);
  if (maxSockets < downloadConcurrency)
    yield at(
      'maxSockets',
      `is ${maxSockets}, less than downloadConcurrency (${downloadConcurrency})`,
    );
  if (multipartThreshold < partSize)
    yield at('multipartThreshold', `is less than partSize (${partSize} bytes)`);
  if (acl !== undefined && WITHOUT_ACLS.includes(server))
    yield at('acl', `is set, but servers of the kind ${server} have no access control lists`);
  if (encryption?.type === 'sse-c' && endpoint !== undefined && !keepsSecrets(new URL(endpoint)))
    yield at(
      'encryption',
      'is of type sse-c, whose key would go to the endpoint in clear; use https',
    );
  if (credentials !== undefined && profile !== undefined)
    yield at('profile', 'is set, and so are credentials; one of them is not used');
}

/** As the provider has it: Amazon's and Cloudflare's hosts are known by their names. */
function serverOf(endpoint: string | undefined): string {
  if (endpoint === undefined) return 'aws';
  const { hostname } = new URL(endpoint);
  if (/(^|\.)amazonaws\.com(\.cn)?$/.test(hostname)) return 'aws';
  return hostname.endsWith('.r2.cloudflarestorage.com') ? 'r2' : 'generic';
}

function keepsSecrets({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(127(\.\d+){3}|\[?::1\]?|(.+\.)?localhost)$/i.test(hostname);
}
