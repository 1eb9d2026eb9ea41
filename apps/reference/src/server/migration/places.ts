import { type HybridConfiguration, isCustom, type S3Configuration, s3Options } from '@org/storage';
import { StorageError } from '@org/storage-core';
import { type FleetRegistry, storageFleetRegistry } from '@org/storage-hybrid';
import { postgresFleetRegistry, sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import pg from 'pg';
import { type JournalPlace, postgresJournal, sqliteJournal } from './journal-place.js';

/** Connections to databases, by their addresses. */
export class Pools {
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

export interface OpenedRegistry {
  readonly registry: FleetRegistry;
  close(): Promise<void>;
}

/**
 * The registry at an address, in the forms that a configuration has.
 * @throws StorageError `Unsupported` for one in memory, which the storage alone knows.
 */
export function openRegistry(
  address: string,
  storage: HybridConfiguration,
  pools: Pools,
): OpenedRegistry {
  if (address.startsWith('sqlite:')) return closedWith(sqliteFleetRegistry(address.slice(7)));
  if (isPostgres(address)) {
    const { url, name } = withoutParameter(address, 'table');
    return closedWith(postgresFleetRegistry(pools.open(url), { table: name }));
  }
  if (address.startsWith('s3://')) return openInBucket(address, storage);
  throw new StorageError(
    'Unsupported',
    'a registry in memory is known to one provider alone: the dashboard needs sqlite:FILE, postgres://… or s3://…',
  );
}

function closedWith(registry: FleetRegistry): OpenedRegistry {
  return { registry, close: () => registry.close() };
}

/** One in a bucket is reached as that side which is in one, the target if both are. */
function openInBucket(address: string, { source, target }: HybridConfiguration): OpenedRegistry {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(address) ?? [];
  const side = [target, source].find((one): one is S3Configuration => {
    return !isCustom(one) && one.provider === 's3';
  });
  const { prefix: _, name: __, ...reached } = side === undefined ? {} : s3Options(side);
  const provider = new S3StorageProvider({
    ...{ ...reached, bucket },
    ...(prefix === '' ? {} : { prefix }),
  });
  return { registry: storageFleetRegistry(provider), close: () => provider.close() };
}

/** A journal at a path, or in a database: `postgres://…`, with `?schema=` for another schema than the one of the journal. */
export function journalAt(
  place: string,
  endpoints: JournalPlace['endpoints'],
  pools: Pools,
): JournalPlace {
  if (!isPostgres(place)) return sqliteJournal(place, endpoints);
  const { url, name } = withoutParameter(place, 'schema');
  return postgresJournal(pools.open(url), endpoints, name);
}

const isPostgres = (address: string) => /^postgres(ql)?:\/\//.test(address);

/** What is ours in an address is not the driver's. */
function withoutParameter(address: string, parameter: string) {
  if (!URL.canParse(address)) return { url: address, name: undefined };
  const url = new URL(address);
  const name = url.searchParams.get(parameter) ?? undefined;
  url.searchParams.delete(parameter);
  return { url: url.href, name };
}
