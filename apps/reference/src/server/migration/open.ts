import { realpath } from 'node:fs/promises';
import {
  type HybridConfiguration,
  isCustom,
  loadConfiguration,
  localOptions,
  s3Options,
} from '@org/storage';
import { StorageError } from '@org/storage-core';
import type { FleetRegistry } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { DEFAULT_RULES, watchAlerts } from '@org/storage-metrics';
import { postgresFleetRegistry, pricesOf, sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import pg from 'pg';
import { type Database, openReferences } from '../database/database.js';
import { type JournalPlace, postgresJournal, sqliteJournal } from './journal-place.js';
import { MigrationService } from './service.js';
import { usageOf } from './usage.js';

export interface OpenedMigration {
  readonly migration: MigrationService;
  /** The database is left open. */
  close(): Promise<void>;
}

/**
 * The migration of a hybrid storage, as `config/storage.yml` has it. Before the application is closed, so that what is in flight ends.
 * @param name Default: the configuration's `default`, or its only one.
 * @returns `undefined` where there is nothing to migrate: no hybrid storage, or none with a fleet and a journal.
 * @throws StorageError `Unsupported` for other sides than a directory and a bucket, and for other registries than in a database.
 */
export async function openMigration(
  database: Database,
  name?: string,
): Promise<OpenedMigration | undefined> {
  const { configuration } = await loadConfiguration();
  const names = Object.keys(configuration.storages);
  const storage = configuration.storages[name ?? configuration.default ?? names[0] ?? ''];
  if (storage === undefined || isCustom(storage) || storage.provider !== 'hybrid') return undefined;
  const { fleet, migration } = storage;
  if (fleet === undefined || migration?.journal === undefined) return undefined;
  const { source, target, endpoints, region } = await openSides(storage);
  const { registry: address, note: _, ...timing } = fleet;
  const pools = new Pools();
  const registry = openRegistry(address, pools);
  const references = await openReferences(database);
  const alerts = watchAlerts({ sinks: [], rules: DEFAULT_RULES });
  const service = new MigrationService({
    ...{ source, target, registry, references, alerts, archive: source.trash, timing },
    journal: journalAt(migration.journal, endpoints, pools),
    prices: region === undefined ? undefined : pricesOf(region),
    usage: () => usageOf(database.db),
  });
  return {
    migration: service,
    async close() {
      await service.close();
      await alerts.close();
      await Promise.all([references.close(), registry.close(), source.close(), target.close()]);
      await pools.close();
    },
  };
}

async function openSides({ source, target }: HybridConfiguration) {
  if (
    isCustom(source) ||
    source.provider !== 'local' ||
    isCustom(target) ||
    target.provider !== 's3'
  )
    throw new StorageError(
      'Unsupported',
      'the dashboard migrates from a directory to a bucket; for other sides there is the storage command',
    );
  const { urls: _, deleted: __, ...local } = localOptions(source); // what is retired is not deleted
  const s3 = s3Options(target);
  const folder = s3.prefix === undefined ? '' : `/${s3.prefix.replace(/\/$/, '')}`;
  return {
    source: new LocalStorageProvider(local),
    target: new S3StorageProvider(s3),
    endpoints: { source: await realpath(local.root), target: `s3://${s3.bucket}${folder}` },
    region: s3.region,
  };
}

const isPostgres = (address: string) => /^postgres(ql)?:\/\//.test(address);

function openRegistry(address: string, pools: Pools): FleetRegistry {
  if (address.startsWith('sqlite:')) return sqliteFleetRegistry(address.slice('sqlite:'.length));
  if (isPostgres(address)) return postgresFleetRegistry(pools.open(address));
  throw new StorageError(
    'Unsupported',
    'the dashboard needs the fleet’s registry in a database: sqlite:FILE or postgres://…',
  );
}

function journalAt(
  place: string,
  endpoints: JournalPlace['endpoints'],
  pools: Pools,
): JournalPlace {
  return isPostgres(place)
    ? postgresJournal(pools.open(place), endpoints)
    : sqliteJournal(place, endpoints);
}

/** Connections to databases, by their addresses. */
class Pools {
  readonly #pools = new Map<string, pg.Pool>();

  open(connectionString: string): pg.Pool {
    const known = this.#pools.get(connectionString);
    if (known !== undefined) return known;
    const pool = new pg.Pool({ connectionString, keepAlive: true });
    pool.on('error', () => {}); // an idle connection broke; the next one is made when it is needed
    this.#pools.set(connectionString, pool);
    return pool;
  }

  async close(): Promise<void> {
    for (const pool of this.#pools.values()) await pool.end();
  }
}
