import { describe, inject, test } from 'vitest';
import type { CephCredentials } from '../../src/ceph/index.js';

/** The S3 server that tests of the project `ceph` run on. */
export interface ProvidedServer {
  /** Of Ceph, such as `20.2.1`; null for a server named by S3_ENDPOINT. */
  readonly version: string | null;
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: CephCredentials & { readonly sessionToken?: string };
  /** Of another user without rights on the first one's buckets; null where none was named. */
  readonly secondCredentials: CephCredentials | null;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Null where Ceph can't run. */
    ceph: ProvidedServer | null;
    /** Why there is no server; null where there is one. */
    cephMissing: string | null;
  }
}

/** Whether the server lacks what came with Ceph 19 and 20. */
export function isCeph18({ version }: ProvidedServer): boolean {
  return version?.startsWith('18.') === true;
}

/** A suite on the provided server; where there is none it is one skipped test that says why. */
export function describeOnCeph(name: string, suite: (server: ProvidedServer) => void): void {
  const server = inject('ceph');
  if (server === null) test.skip(`${name}: ${inject('cephMissing')}`, () => {});
  else describe(name, () => suite(server));
}
