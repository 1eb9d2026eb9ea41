import { StorageError } from '@org/storage-core';
import { checkDiskName, type FleetDisks, postgresDisks } from '@org/storage-migration';
import { InvalidArgumentError } from 'commander';
import type { Migration } from './endpoints.js';
import { isAddress } from './journal-place.js';
import { postgresPlace } from './open-journal.js';
import { openPostgresPool } from './postgres-pool.js';

/** The disks of a fleet, closed with their connections. */
export interface OpenDisks extends AsyncDisposable {
  /** `undefined` where all hosts see the same. */
  readonly disks: FleetDisks | undefined;
}

const NOTHING = { [Symbol.asyncDispose]: async () => {} };

/**
 * The disks of a migration, as one host knows them.
 * @param expected Those that the operator names.
 * @throws StorageError `InvalidArgument` for several of them without a database, and where this host's has no name.
 */
export async function openDisks(
  { endpoints: { disk }, journal }: Pick<Migration, 'endpoints' | 'journal'>,
  expected: readonly string[] = [],
): Promise<OpenDisks> {
  if (disk === undefined) {
    if (expected.length === 0) return { disks: undefined, ...NOTHING };
    const advice = 'say which of them this directory is on (--disk)';
    throw new StorageError(
      'InvalidArgument',
      `--disks is for hosts with disks of their own: ${advice}`,
    );
  }
  if (!isAddress(journal)) {
    if (expected.some((name) => name !== disk.name)) {
      throw new StorageError(
        'InvalidArgument',
        'the journals of several disks are in a database that all hosts reach: --journal postgres://…',
      );
    }
    return { disks: { expected }, ...NOTHING };
  }
  const { address, schema } = postgresPlace(journal);
  const client = await openPostgresPool(address, 'a journal');
  return {
    disks: { expected, journals: postgresDisks({ client, schema }) },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** Names of the disks that have a journal in a database; none in a file. */
export async function disksAt(place: string): Promise<readonly string[]> {
  if (!isAddress(place) || postgresPlace(place).disk !== undefined) return [];
  const { address, schema } = postgresPlace(place);
  const client = await openPostgresPool(address, 'a journal');
  try {
    return (await postgresDisks({ client, schema }).list()).map(({ disk }) => disk.name);
  } finally {
    await client.end();
  }
}

/** For an option. */
export function parseDisk(name: string): string {
  try {
    checkDiskName(name);
  } catch {
    throw new InvalidArgumentError(
      'It has lower-case letters, digits and single hyphens between them, such as web-1.',
    );
  }
  return name;
}

export function parseDisks(text: string): readonly string[] {
  return [...new Set(text.split(',').map((name) => parseDisk(name.trim())))];
}
