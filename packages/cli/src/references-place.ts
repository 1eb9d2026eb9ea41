import { StorageError } from '@org/storage-core';
import {
  postgresReferences,
  prefixedKeys,
  type ReferenceStore,
  type ReferenceTableOptions,
  sqliteReferences,
} from '@org/storage-migration';
import { openPostgresPool } from './postgres-pool.js';

/** Options that name the application's table. */
export interface ReferencePlaceOptions {
  readonly database: string;
  readonly schema?: string;
  readonly table: string;
  readonly keyColumn: string;
  readonly keyPrefix?: string;
  readonly providerColumn: string;
  readonly sizeColumn?: string;
  readonly etagColumn?: string;
  readonly checksumColumn?: string;
  readonly migratedAtColumn?: string;
  readonly where: readonly (readonly [column: string, value: string])[];
}

/** A table that is closed with its connection. */
interface OpenReferences extends AsyncDisposable {
  readonly references: ReferenceStore;
}

/**
 * Opens the table in which an application keeps where its files are.
 * @throws StorageError `InvalidArgument` for an address of another kind, `NotFound` if there is no such file, `Unsupported` without the
 * driver.
 */
export async function openReferences(options: ReferencePlaceOptions): Promise<OpenReferences> {
  const { database } = options;
  const table = tableOptions(options);
  if (database.startsWith('sqlite:')) {
    const references = sqliteReferences(database.slice('sqlite:'.length), table);
    return { references, [Symbol.asyncDispose]: () => references.close() };
  }
  if (/^postgres(ql)?:\/\//.test(database)) {
    const pool = await openPostgresPool(database, 'the application’s database');
    return {
      references: postgresReferences(pool, table),
      [Symbol.asyncDispose]: () => pool.end(),
    };
  }
  throw new StorageError(
    'InvalidArgument',
    '--database takes sqlite:FILE or postgres://USER@HOST/DATABASE',
  );
}

function tableOptions(options: ReferencePlaceOptions): ReferenceTableOptions {
  const { schema, table, where, keyPrefix } = options;
  return {
    ...{ schema, table, where: Object.fromEntries(where) },
    columns: {
      key: options.keyColumn,
      provider: options.providerColumn,
      size: options.sizeColumn,
      etag: options.etagColumn,
      checksum: options.checksumColumn,
      migratedAt: options.migratedAtColumn,
    },
    keys: keyPrefix === undefined ? undefined : prefixedKeys(keyPrefix),
  };
}
