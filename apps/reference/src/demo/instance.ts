import { join } from 'node:path';
import { FleetMember, HybridStorageProvider, type Mode, spooled } from '@org/storage-hybrid';
import { circuitBreaker, layered } from '@org/storage-layers';
import { LocalStorageProvider } from '@org/storage-local';
import { DEFAULT_RULES, watchAlerts } from '@org/storage-metrics';
import { pricesOf, sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../server/app.js';
import { openDatabase, openReferences } from '../server/database/database.js';
import { sqliteJournal } from '../server/migration/journal-place.js';
import { MigrationService } from '../server/migration/service.js';
import { usageOf } from '../server/migration/usage.js';
import { BUCKET, type ServerAddress } from './server-address.js';

/** What all instances of the application share. */
export interface Places {
  /** A directory for everything. */
  readonly scratch: string;
  readonly server: ServerAddress;
  /** The pages, as `buildWeb` made them; without, there is the API alone. */
  readonly webRoot?: string | undefined;
  readonly secret: string;
  /** Bytes a second at which the migration begins. Default: no limit. */
  readonly bandwidth?: number | undefined;
}

export const filesOf = ({ scratch }: Places) => join(scratch, 'files');
export const databaseOf = ({ scratch }: Places) => `sqlite:${join(scratch, 'app.sqlite')}`;

/** Short times, so that nobody waits for minutes in a demonstration: see `FleetTiming`. */
const TIMING = { heartbeat: 500, drain: 10_000 } as const;

/** Milliseconds that nobody may have read from the source before the cutover. */
const QUIET = 2_000;

/** Reads of the source from before the cutover are no alarm: nobody waits for five minutes here. */
const RULES = DEFAULT_RULES.map((rule) =>
  rule.alert === 'StorageFallbackReads'
    ? { ...rule, measure: { ...rule.measure, over: QUIET / 2 } }
    : rule,
);

/** US dollars for a GiB of a network disk each month, as a round figure. */
const DISK_PRICE = 0.1;

/** One process of the application, as far as the others can tell. */
export interface Instance {
  readonly app: FastifyInstance;
  readonly origin: string;
  readonly mode: () => Mode;
  close(): Promise<void>;
}

/** @param port 0: a free one. */
export async function startInstance(places: Places, port = 0): Promise<Instance> {
  const source = new LocalStorageProvider({ root: filesOf(places), name: 'source' });
  const target = openTarget(places, 'target');
  const spool = spooled(layered(target, circuitBreaker()), {
    store: new LocalStorageProvider({
      root: join(places.scratch, 'spool'),
      createRoot: true,
      name: 'spool',
    }),
    maxBytes: 1024 ** 3,
  });
  const registry = sqliteFleetRegistry(join(places.scratch, 'fleet.sqlite'));
  const member = new FleetMember({ ...TIMING, registry, note: 'demonstration' });
  const mode = member.wanted('source');
  const storage = new HybridStorageProvider({
    source,
    target: spool,
    mode,
    neighbours: member,
    name: 'files',
  });
  await storage.exists('nothing'); // puts it into the fleet
  const migrated = new LocalStorageProvider({ root: filesOf(places), name: 'migration-source' });
  const bucket = openTarget(places, 'migration-target');
  const database = openDatabase(databaseOf(places));
  const references = await openReferences(database);
  const alerts = watchAlerts({ sinks: [], rules: RULES, every: 1_000 });
  const migration = new MigrationService({
    ...{ source: migrated, target: bucket, registry, archive: migrated.trash, timing: TIMING },
    ...{ references, spool, alerts, quiet: QUIET, sourcePrice: DISK_PRICE },
    ...{ lookEvery: 500, healthEvery: 3_000, concurrency: 8, bandwidth: places.bandwidth },
    journal: sqliteJournal(join(places.scratch, 'journal.sqlite'), {
      ...{ source: filesOf(places), target: `s3://${BUCKET}` },
    }),
    prices: pricesOf('eu-central-1'),
    stage: () => storage.stage,
    usage: () => usageOf(database.db),
  });
  let origin = '';
  const app = await buildApp({
    ...{ database: databaseOf(places), storage, mode, migration, secret: places.secret },
    ...{ bucket: BUCKET, webRoot: places.webRoot, bucketOrigins: [places.server.endpoint] },
    sides: { source, target: spool },
    publicUrl: () => origin,
    uploads: { maxBytes: 1024 ** 3, types: [] },
    rates: { logins: 1_000, uploads: 1_000_000 },
  });
  origin = await app.listen({ port, host: '127.0.0.1' });
  const close = async () => {
    await app.close();
    await migration.close();
    await alerts.close();
    await references.close();
    await database.close();
    await storage.close();
    await Promise.all([migrated.close(), bucket.close()]);
    await registry.close();
  };
  return { app, origin, mode, close };
}

function openTarget({ server }: Places, name: string): S3StorageProvider {
  const { endpoint, region, ...credentials } = server;
  return new S3StorageProvider({
    bucket: BUCKET,
    server: 'aws',
    endpoint,
    region,
    credentials,
    name,
  });
}
