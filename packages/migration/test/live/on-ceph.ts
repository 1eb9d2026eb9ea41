import { onTestFinished } from 'vitest';
import {
  type Ceph,
  type CephOptions,
  type CephVersion,
  startCeph,
} from '../../../testkit/src/ceph/index.js';
import { ownBucket } from '../../../testkit/test/ceph/own-bucket.js';
import type { ProvidedServer } from '../../../testkit/test/ceph/provided.js';
import { temporaryDirectory } from '../fixtures.js';
import { type LiveReport, liveMigration } from './live-migration.js';
import type { LiveServer } from './live-server.js';
import type { Modules } from './modules.js';

/** Of a server that is like the provided one, and may be restarted if it is not one that somebody named. */
export async function cephOfOnesOwn(
  provided: ProvidedServer,
  options: Pick<CephOptions, 'lifecycleDaySeconds'> = {},
): Promise<ProvidedServer & Partial<Pick<Ceph, 'restartGateway'>>> {
  const { version } = provided;
  if (version === null) return provided;
  const own = await startCeph({
    ...options,
    version: Number.parseInt(version, 10) as CephVersion,
  });
  onTestFinished(() => own.stop());
  return own;
}

/** A live migration to Ceph, whose gateway is killed and started again where it may be. */
export async function liveMigrationToCeph(
  server: Awaited<ReturnType<typeof cephOfOnesOwn>>,
  options: {
    readonly modules: Modules;
    readonly seed: number;
    readonly number: number;
    readonly rounds: number;
  },
): Promise<LiveReport> {
  const { endpoint, region, credentials, restartGateway } = server;
  const { bucket, openUploads } = await ownBucket(server);
  const home = await temporaryDirectory();
  const live: LiveServer = {
    place: { server: 'ceph', endpoint, region, credentials, bucket },
    ordersWrites: false,
    ...(restartGateway === undefined ? {} : { restart: restartGateway }),
    async calm() {},
    async openUploads() {
      return (await openUploads()).filter((key) => key !== undefined);
    },
  };
  return liveMigration({ ...options, directory: home, server: live });
}
