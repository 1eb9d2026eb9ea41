import { existsSync } from 'node:fs';
import { isStorageError, StorageError } from '@org/storage-core';
import {
  type Endpoints,
  type Journal,
  type JournalAccess,
  openPostgresJournal,
  openSqliteJournal,
} from '@org/storage-migration';
import { isAddress } from './journal-place.js';
import { openPostgresPool } from './postgres-pool.js';

/** A journal that is closed with its connections. */
export interface OpenJournal extends AsyncDisposable {
  readonly journal: Journal;
}

interface JournalOptions {
  /** What is migrated. Without it, an existing journal is opened as it is. */
  readonly endpoints?: Endpoints;
  /** Default `work`, which is for one process at a time. */
  readonly access?: JournalAccess;
  /** Whether there has to be one already. Default `false`. */
  readonly begun?: boolean | undefined;
}

/**
 * Opens the journal in a file, or in the database at `postgres://…`.
 * @throws StorageError `NotFound` if there has to be one and is none, `Unsupported` without the driver.
 */
export async function openJournal(place: string, options: JournalOptions): Promise<OpenJournal> {
  return isAddress(place) ? openInPostgres(place, options) : openInFile(place, options);
}

async function openInFile(file: string, options: JournalOptions): Promise<OpenJournal> {
  const { begun = false, access = 'work', ...how } = options;
  if (begun && !existsSync(file)) throw none(`there is no journal ${file}`);
  if (access === 'share') {
    throw new StorageError(
      'InvalidArgument',
      `several hosts can’t share the journal ${file}: name one in a database that all of them reach, --journal postgres://…`,
    );
  }
  const journal = await openSqliteJournal({ file, access, ...how });
  return { journal, [Symbol.asyncDispose]: () => journal.close() };
}

/** The address may name the schema, and the disk whose journal is meant; the rest is the driver’s. */
export function postgresPlace(place: string) {
  const url = URL.canParse(place) ? new URL(place) : undefined;
  const schema = url?.searchParams.get('schema') ?? undefined;
  const disk = url?.searchParams.get('disk') ?? undefined;
  url?.searchParams.delete('schema');
  url?.searchParams.delete('disk');
  return { address: url?.href ?? place, schema, disk };
}

async function openInPostgres(place: string, options: JournalOptions): Promise<OpenJournal> {
  const { begun = false, ...how } = options;
  const { address, schema, disk } = postgresPlace(place);
  const client = await openPostgresPool(address, 'a journal');
  const where = {
    client,
    ...(schema === undefined ? {} : { schema }),
    ...(disk === undefined ? {} : { disk }),
  };
  try {
    if (begun) await requireBegun(() => openPostgresJournal({ ...where, access: 'look' }));
    const journal = await openPostgresJournal({ ...where, ...how });
    return {
      journal,
      async [Symbol.asyncDispose]() {
        await journal.close();
        await client.end();
      },
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** Working with a journal makes it; looking does not. */
async function requireBegun(look: () => Promise<Journal>): Promise<void> {
  try {
    await (await look()).close();
  } catch (error) {
    if (isStorageError(error, 'NotFound')) throw none(error.message, error);
    if (!isStorageError(error, 'Unsupported')) throw error; // of an older release: working with it brings it up to date
  }
}

function none(message: string, cause?: unknown): StorageError {
  const advice = 'run storage migrate first, or name the journal (--journal)';
  return new StorageError('NotFound', `${message}: ${advice}`, { cause });
}
