import { existsSync } from 'node:fs';
import { isStorageError } from '@org/storage-core';
import {
  type Endpoints,
  type Journal,
  openPostgresJournal,
  openSqliteJournal,
  type PostgresPool,
} from '@org/storage-migration';

/** Where the journal of the migration is. Whoever opens one closes it. */
export interface JournalPlace {
  readonly endpoints: Endpoints;
  /**
   * To work with it, alone; it is made if there is none.
   * @throws StorageError `Conflict` while another process does.
   */
  work(): Promise<Journal>;
  /** To look into it, and to set limits, whoever works with it; `undefined` if there is none yet. */
  look(): Promise<Journal | undefined>;
}

/** A SQLite file, for the processes of one host. */
export function sqliteJournal(file: string, endpoints: Endpoints): JournalPlace {
  return {
    endpoints,
    work: () => openSqliteJournal({ file, endpoints }),
    async look() {
      return existsSync(file)
        ? ifThere(openSqliteJournal({ file, endpoints, access: 'look' }))
        : undefined;
    },
  };
}

/** A PostgreSQL database, for any number of hosts. @param schema Default: see `openPostgresJournal`. */
export function postgresJournal(
  client: PostgresPool,
  endpoints: Endpoints,
  schema?: string,
): JournalPlace {
  const place = { client, endpoints, ...(schema === undefined ? {} : { schema }) };
  return {
    endpoints,
    work: () => openPostgresJournal(place),
    look: () => ifThere(openPostgresJournal({ ...place, access: 'look' })),
  };
}

/** Of one that is being made just now, nothing can be told yet either. */
async function ifThere(opening: Promise<Journal>): Promise<Journal | undefined> {
  try {
    return await opening;
  } catch (error) {
    if (isStorageError(error, 'NotFound') || isStorageError(error, 'InvalidArgument'))
      return undefined;
    throw error;
  }
}
