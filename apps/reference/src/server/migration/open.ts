import { type HybridConfiguration, isCustom, loadConfiguration } from '@org/storage';
import { StorageError } from '@org/storage-core';
import { DEFAULT_RULES, watchAlerts } from '@org/storage-metrics';
import { pricesOf } from '@org/storage-migration';
import { type Database, openReferences } from '../database/database.js';
import { openConfiguredSides } from './configured-sides.js';
import type { CopyingOptions, MigrationServiceOptions } from './options.js';
import { journalAt, openRegistry, Pools } from './places.js';
import { MigrationService } from './service.js';
import { usageOf } from './usage.js';

export interface OpenedMigration {
  readonly migration: MigrationService;
  /** The database is left open. */
  close(): Promise<void>;
}

export interface OpenMigrationOptions {
  /** Default: the configuration's `default`, or its only one. */
  readonly name?: string | undefined;
  /** Of the storage, where it has one. */
  readonly spool?: MigrationServiceOptions['spool'];
}

/**
 * The migration of a hybrid storage, as `config/storage.yml` has it. Before the application is closed, so that what is in flight ends.
 * @returns `undefined` where there is nothing to migrate: no hybrid storage, or none with a fleet and a journal.
 * @throws StorageError `Unsupported` for other sides than a directory and a bucket, for a registry in memory, and for hosts with disks of
 * their own.
 */
export async function openMigration(
  database: Database,
  { name, spool }: OpenMigrationOptions = {},
): Promise<OpenedMigration | undefined> {
  const { configuration } = await loadConfiguration();
  const names = Object.keys(configuration.storages);
  const storage = configuration.storages[name ?? configuration.default ?? names[0] ?? ''];
  if (storage === undefined || isCustom(storage) || storage.provider !== 'hybrid') return undefined;
  const { fleet, migration: settings } = storage;
  if (fleet === undefined || settings?.journal === undefined) return undefined;
  if (settings.disk !== undefined)
    throw new StorageError(
      'Unsupported',
      'hosts with disks of their own are migrated by the storage command: storage migrate --disk',
    );
  const { registry: address, note: _, onLostTouch: __, ...timing } = fleet;
  const pools = new Pools();
  const opened = openRegistry(address, storage, pools);
  const { region, endpoints, ...sides } = await openConfiguredSides(storage);
  const references = await openReferences(database);
  const alerts = watchAlerts({ sinks: [], rules: DEFAULT_RULES });
  const service = new MigrationService({
    ...{ ...sides, registry: opened.registry, references, alerts, timing, spool },
    ...settingsOf(settings),
    journal: journalAt(settings.journal, endpoints, pools),
    prices: region === undefined ? undefined : pricesOf(region),
    usage: () => usageOf(database.db, sides.names),
  });
  return {
    migration: service,
    async close() {
      await service.close();
      await alerts.close();
      await Promise.all([
        ...[references.close(), opened.close()],
        ...[sides.source.close(), sides.target.close()],
      ]);
      await pools.close();
    },
  };
}

/** What a configuration says of copying. One process copies: `workers` are the command's. */
function settingsOf(
  settings: NonNullable<HybridConfiguration['migration']>,
): Pick<MigrationServiceOptions, 'concurrency' | 'bandwidth' | 'accept' | 'copying'> {
  const { concurrency, bandwidth, accept, include, exclude, maxFailures } = settings;
  const { rate, windows, timezone, order } = settings;
  const select = { ...(include && { include }), ...(exclude && { exclude }) };
  const copying: CopyingOptions = {
    ...{ rate, windows, timezone, select },
    ...(order === undefined ? {} : { order }),
    ...(maxFailures === undefined ? {} : { failureBudget: maxFailures }),
  };
  return { concurrency, bandwidth, accept, copying };
}
