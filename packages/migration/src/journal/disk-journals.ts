import type { PostgresPool } from '../postgres-client.js';
import type { Journal } from './journal.js';
import { type DiskEndpoints, disksIn } from './postgres-disks.js';
import { postgresError } from './postgres-error.js';
import { openPostgresJournal } from './postgres-journal.js';
import { PostgresSession } from './postgres-session.js';

/** The journals of a migration whose hosts have disks of their own. */
export interface DiskJournals {
  /** Those that there are, in the order of their names. */
  list(): Promise<readonly DiskEndpoints[]>;
  /**
   * To look into one, and to be closed.
   * @throws StorageError `NotFound` if there is none of that name.
   */
  open(name: string): Promise<Journal>;
}

/** The journals of a migration’s disks in a PostgreSQL database. */
export function postgresDisks(options: {
  /** It hands out a connection for each journal that is open. */
  readonly client: PostgresPool;
  /** Of the migration. Default `storage_migration`. */
  readonly schema?: string | undefined;
}): DiskJournals {
  const { client, schema = 'storage_migration' } = options;
  return {
    async list() {
      const session = new PostgresSession(client, async () => {}, false);
      try {
        return await session.run((connection) => disksIn(connection, schema));
      } catch (error) {
        throw postgresError(error, `in the schema ${schema}`);
      } finally {
        await session.close(async () => {});
      }
    },
    open: (disk) => openPostgresJournal({ client, schema, disk, access: 'look' }),
  };
}
