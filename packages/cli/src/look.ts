import { StorageError } from '@org/storage-core';
import type { Journal } from '@org/storage-migration';
import { disksAt } from './disks.js';
import { type EndpointOptions, locate } from './endpoints.js';
import { ofDisk } from './journal-place.js';
import { openJournal } from './open-journal.js';

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
  const place = journalPlace(looked);
  const disks = await disksAt(place);
  if (disks.length > 0) {
    throw new StorageError(
      'InvalidArgument',
      `the migration has a journal for each of its disks: name one with --disk (${disks.join(', ')})`,
    );
  }
  await using opened = await openJournal(place, { access: 'look' });
  return await look(opened.journal);
}

/** As {@link lookInto}; into the journals of all disks, one after the other, where there are several and none is named. */
export async function lookIntoAll(
  looked: Looked,
  look: (journal: Journal) => Promise<void>,
): Promise<void> {
  const place = journalPlace(looked);
  const disks = await disksAt(place);
  for (const disk of disks.length === 0 ? [undefined] : disks) {
    await using opened = await openJournal(ofDisk(place, disk), { access: 'look' });
    await look(opened.journal);
  }
}

/** @throws StorageError `InvalidArgument` if neither the migration nor its journal is named. */
function journalPlace({ directory, url, options }: Looked): string {
  if (directory !== undefined && url !== undefined) return locate(directory, url, options).journal;
  if (options.journal !== undefined && directory === undefined)
    return ofDisk(options.journal, options.disk);
  throw new StorageError(
    'InvalidArgument',
    'name the migration: <directory> <s3-url>, or --journal <place>',
  );
}
