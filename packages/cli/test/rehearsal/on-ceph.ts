import { fileURLToPath } from 'node:url';
import { postgresFleetRegistry } from '@org/storage-migration';
import { startPostgres } from '@org/storage-testkit/postgres';
import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { builtFrom } from '../../../migration/test/live/modules.js';
import { cephOfOnesOwn } from '../../../migration/test/live/on-ceph.js';
import type { ProvidedServer } from '../../../testkit/test/ceph/provided.js';
import { onServer } from '../ceph.js';
import { Storage } from '../fixtures.js';
import { type RehearsalOptions, type RehearsalReport, rehearse } from './rehearsal.js';

/** Of lifecycle rules, in seconds. */
const DAY = 2;

/** ms of a test's time. */
const FOR_THE_VERDICT = 300_000;

/** The test that rehearses a migration of so many files. To be called at the top of a test file. */
export function rehearsalOnCeph({
  files,
  back,
  timeout,
}: {
  readonly files: number;
  readonly back: boolean;
  readonly timeout: number;
}): void {
  const module = builtFrom(fileURLToPath(new URL('.', import.meta.url)), ['application']);
  const provided = inject('ceph');
  const way = back ? 'there and back' : 'to the bucket';
  const name = `an application moves ${way} by the operator’s commands while it works, and notices nothing`;
  if (provided === null || provided.version === null) {
    const why = inject('cephMissing') ?? 'a server that somebody named can’t be stopped';
    test.skip(`${name}: ${why}`, () => {});
    return;
  }
  test(
    name,
    async () => {
      const report = await onOwnServers(provided, module('application'), {
        ...{ files, back, timeout: timeout - FOR_THE_VERDICT },
      });
      expect(report.migratorKills).toBeGreaterThan(0);
      expect(report.applicationKills).toBeGreaterThan(0);
      expect(report.outages).toBeGreaterThan(0);
      expect(report.operations).toBeGreaterThan(files);
    },
    timeout,
  );
}

/** With a gateway and a database of its own. */
async function onOwnServers(
  provided: ProvidedServer,
  module: URL,
  options: Pick<RehearsalOptions, 'files' | 'back' | 'timeout'>,
): Promise<RehearsalReport> {
  const { STORAGE_REHEARSAL_SEED: given } = process.env;
  const seed = given ? Number(given) : Math.floor(Math.random() * 2 ** 31);
  const server = await cephOfOnesOwn(provided, { lifecycleDaySeconds: DAY });
  const { endpoint, region, credentials, restartGateway } = server;
  if (restartGateway === undefined) throw new Error('the server can’t be stopped');
  const postgres = await startPostgres();
  onTestFinished(() => postgres.stop());
  const { bucket, home, openUploads } = await onServer(server);
  const pool = new pg.Pool({ connectionString: postgres.url });
  onTestFinished(() => pool.end());
  return rehearse({
    ...{ module, seed, home, database: postgres.url, ...options },
    bucket: { server: 'ceph', endpoint, region, credentials, bucket, prefix: 'files' },
    registry: (table) => postgresFleetRegistry(pool, { table }),
    storage: (environment) =>
      new Storage(home, {
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        ...environment,
      }),
    restartServer: restartGateway,
    openUploads,
  });
}
