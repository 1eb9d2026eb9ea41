import { StorageError } from '@org/storage-core';
import { type Journal, openSqliteJournal } from '@org/storage-migration';
import { type EndpointOptions, locate } from './endpoints.js';

/** What a command is given that only looks into a migration's journal. */
export interface Looked {
  readonly directory: string | undefined;
  readonly url: string | undefined;
  readonly options: EndpointOptions;
}

/**
 * Opens the journal of a migration beside whoever works with it, and closes it afterwards.
 * @throws StorageError `InvalidArgument` if neither the migration nor its journal is named, `NotFound` if there is no journal.
 */
export async function lookInto<Found>(
  looked: Looked,
  look: (journal: Journal) => Promise<Found>,
): Promise<Found> {
  const journal = await openSqliteJournal({ file: journalFile(looked), access: 'look' });
  try {
    return await look(journal);
  } finally {
    await journal.close();
  }
}

function journalFile({ directory, url, options }: Looked): string {
  if (directory !== undefined && url !== undefined) return locate(directory, url, options).journal;
  if (options.journal !== undefined && directory === undefined) return options.journal;
  throw new StorageError(
    'InvalidArgument',
    'name the migration: <directory> <s3-url>, or --journal <file>',
  );
}
