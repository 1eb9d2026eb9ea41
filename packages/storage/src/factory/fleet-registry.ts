import { StorageError } from '@org/storage-core';
import { type FleetRegistry, memoryFleetRegistry, storageFleetRegistry } from '@org/storage-hybrid';
import type { HybridConfiguration, S3Configuration } from '../config/types/configuration.js';
import type { Connections } from './connections.js';
import { optionalPackage } from './optional-package.js';
import { openPostgresPool } from './postgres-pool.js';

interface OpenRegistry {
  readonly registry: FleetRegistry;
  /** Frees what was opened for it, too. */
  close(): Promise<void>;
}

/** The registries of the hybrid storages: one for each, since the processes that are in one of them step together. */
export class Fleets {
  readonly #given: Readonly<Record<string, FleetRegistry>>;
  readonly #connections: Connections;
  /** The storage that uses it, by a registry or its address. */
  readonly #users = new Map<string | FleetRegistry, string>();

  /** @param given instances, by the name of the storage; left open. */
  constructor(given: Readonly<Record<string, FleetRegistry>>, connections: Connections) {
    this.#given = given;
    this.#connections = connections;
  }

  /**
   * The registry of a storage; `undefined` if it has none.
   * @throws StorageError `InvalidArgument` if another storage has the same one.
   */
  async open(name: string, hybrid: HybridConfiguration): Promise<OpenRegistry | undefined> {
    const given = this.#given[name];
    const place = given ?? hybrid.fleet?.registry;
    if (place === undefined) return undefined;
    if (place === 'memory:') return { registry: memoryFleetRegistry(), close: async () => {} };
    const user = this.#users.get(place);
    if (user !== undefined)
      throw new StorageError(
        'InvalidArgument',
        `the storages "${user}" and "${name}" have the same fleet registry: give each one of its own, such as another file, table or prefix`,
      );
    this.#users.set(place, name);
    const free = () => void this.#users.delete(place);
    try {
      const { registry, close } =
        typeof place === 'string'
          ? await openRegistry(place, hybrid, this.#connections)
          : { registry: place, close: async () => {} };
      return { registry, close: () => close().finally(free) };
    } catch (error) {
      free();
      throw error;
    }
  }
}

/**
 * Opens the registry at an address: the forms that the commands take as `--fleet`, and `memory:` for an application of a single process.
 * One in a bucket is reached as that side of the storage which is in a bucket, the target if both are.
 * @throws StorageError `Unsupported` if a package is not installed; `InvalidArgument` for another address.
 */
async function openRegistry(
  address: string,
  hybrid: HybridConfiguration,
  connections: Connections,
): Promise<OpenRegistry> {
  if (address.startsWith('sqlite:')) {
    const { sqliteFleetRegistry } = await migration('a fleet’s registry in SQLite');
    const registry = sqliteFleetRegistry(address.slice('sqlite:'.length));
    return { registry, close: () => registry.close() };
  }
  if (address.startsWith('s3://')) {
    const provider = await connections.bucket(bucketOf(address, hybrid));
    return { registry: storageFleetRegistry(provider), close: () => provider.close() };
  }
  if (/^postgres(ql)?:\/\//.test(address)) return openPostgres(address);
  throw new StorageError('InvalidArgument', 'the fleet’s registry has no address that is known');
}

/** The address may name the table; the rest is the driver’s. */
async function openPostgres(address: string): Promise<OpenRegistry> {
  const { postgresFleetRegistry } = await migration('a fleet’s registry in PostgreSQL');
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const table = url?.searchParams.get('table') ?? undefined;
  url?.searchParams.delete('table');
  const pool = await openPostgresPool(url?.href ?? address);
  try {
    return { registry: postgresFleetRegistry(pool, { table }), close: () => pool.end() };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

function bucketOf(address: string, { source, target }: HybridConfiguration): S3Configuration {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(address) ?? [];
  const side = isS3(target) ? target : isS3(source) ? source : undefined;
  const place = { provider: 's3' as const, bucket, ...(prefix === '' ? {} : { prefix }) };
  if (side === undefined) return place;
  const { layers: _, provision: __, prefix: ___, name: ____, ...reached } = side;
  return { ...reached, ...place };
}

function isS3(side: HybridConfiguration['source']): side is S3Configuration {
  return side.provider === 's3';
}

function migration(what: string) {
  return optionalPackage('@org/storage-migration', what, () => import('@org/storage-migration'));
}
