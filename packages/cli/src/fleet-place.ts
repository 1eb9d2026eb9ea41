import { existsSync } from 'node:fs';
import { StorageError } from '@org/storage-core';
import { type FleetRegistry, storageFleetRegistry } from '@org/storage-hybrid';
import { postgresFleetRegistry, sqliteFleetRegistry } from '@org/storage-migration';
import { openTarget, type S3Options } from './endpoints.js';
import { openPostgresPool } from './postgres-pool.js';

/** A registry that is closed with its connection. */
export interface OpenFleet extends AsyncDisposable {
  readonly registry: FleetRegistry;
}

const FORMS =
  'sqlite:FILE, s3://BUCKET/PREFIX, or postgres://USER@HOST/DATABASE (?table=NAME, unless it is storage_fleet)';

/** @throws StorageError `InvalidArgument` if none was named. */
export function neededFleet({ fleet }: { readonly fleet?: string }): string {
  if (fleet !== undefined) return fleet;
  throw new StorageError(
    'InvalidArgument',
    `name the registry that the application’s processes use (--fleet): ${FORMS}`,
  );
}

/** ms between two looks at a fleet that is waited for or watched. */
export const LOOK_EVERY = 2_000;

/**
 * Opens the registry that an application uses. There is no default: an empty registry at a place that nobody uses would say that
 * nobody is at work.
 * @throws StorageError `InvalidArgument` for something else, `NotFound` if there is no such file, `Unsupported` without the driver.
 */
export async function openFleet(where: string, options: S3Options): Promise<OpenFleet> {
  if (where.startsWith('sqlite:')) return openSqlite(where.slice('sqlite:'.length));
  if (where.startsWith('s3://')) return openStorage(where, options);
  if (/^postgres(ql)?:\/\//.test(where)) return openPostgres(where);
  if (where === 'memory:')
    throw new StorageError(
      'InvalidArgument',
      'a registry in memory is known to one process alone, and not to this command: the application needs another, or has to be stopped (--stopped)',
    );
  throw new StorageError('InvalidArgument', `--fleet takes ${FORMS}`);
}

function openSqlite(file: string): OpenFleet {
  if (!existsSync(file)) {
    throw new StorageError(
      'NotFound',
      `there is no registry ${file}: name the one that the application uses`,
    );
  }
  const registry = sqliteFleetRegistry(file);
  return { registry, [Symbol.asyncDispose]: () => registry.close() };
}

async function openStorage(url: string, options: S3Options): Promise<OpenFleet> {
  const provider = await openTarget(url, options, 1);
  const registry = storageFleetRegistry(provider);
  return { registry, [Symbol.asyncDispose]: () => provider.close() };
}

/** The address may name the table; the rest is the driver’s. */
async function openPostgres(address: string): Promise<OpenFleet> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const table = url?.searchParams.get('table') ?? undefined;
  url?.searchParams.delete('table');
  const pool = await openPostgresPool(url?.href ?? address, 'a fleet’s registry');
  return {
    registry: postgresFleetRegistry(pool, { table }),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}
