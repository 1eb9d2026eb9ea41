import { StorageError } from '@org/storage-core';
import type { LocalStorageProvider } from '@org/storage-local';
import { type Adopt, adoptFrom } from '@org/storage-migration';
import { type Command, Option } from 'commander';
import { parseDuration } from './duration.js';
import { type EndpointOptions, locate, openSource } from './endpoints.js';
import { formatSeconds } from './format.js';
import { listenForInterrupt } from './interrupt.js';
import { type HeldFleet, holdLease, type LeaseOptions } from './lease.js';
import { MIGRATING } from './live-option.js';
import { openJournal } from './open-journal.js';

/** Options of the way from a bucket to a directory. */
export interface BackOptions {
  readonly adopt?: string;
  readonly adoptJournal?: string;
  readonly archive?: string;
  readonly knownFiles: boolean;
  /** ms. */
  readonly drain: number;
}

export function withBackOptions(command: Command): Command {
  return command
    .option(
      '--adopt <directory>',
      'on the way back: the directory that was migrated to the bucket; what is in its archive, and still the bucket’s, is linked in place of being copied',
    )
    .option('--adopt-journal <place>', 'the journal of that migration, if it is not in its place')
    .option('--archive <directory>', 'the archive, if it is not in that directory')
    .option(
      '--known-files',
      'on the way back: what lies in the directory before the first run is the application’s, or copies of a migration whose journal is gone',
      false,
    )
    .addOption(
      new Option(
        '--drain <time>',
        'on the way back, with --fleet: the longest that a request of the application may take, for which it waits before it begins: 90s, 15min',
      )
        .argParser(parseDuration)
        .default(900_000, '15min'),
    );
}

/** @throws StorageError `InvalidArgument` for options that a bucket as the source does not go with. */
export function refuseOnTheWayBack(options: Readonly<Record<string, unknown>>): void {
  const [given] =
    Object.entries(options).find(([, value]) => value !== undefined && value !== false) ?? [];
  if (given === undefined) return;
  throw new StorageError('InvalidArgument', `${given} is for the way to a bucket`);
}

/**
 * The lease for the way back: given when no request is under way any more that was sent before the hand-over.
 * @throws StorageError `Aborted` if it is interrupted meanwhile; as {@link holdLease}.
 */
export async function holdForTheWayBack(
  fleet: string,
  options: LeaseOptions & BackOptions,
): Promise<HeldFleet> {
  const { drain: outlast } = options;
  using interrupt = listenForInterrupt(() => {});
  if (outlast > 0)
    process.stderr.write(
      `waiting ${formatSeconds(outlast / 1000)} for requests that were sent before all processes wrote to the directory (--drain)\n`,
    );
  return await holdLease(fleet, options, { ...MIGRATING, outlast, signal: interrupt.stop });
}

export interface OpenAdoption extends AsyncDisposable {
  readonly adopt: Adopt | undefined;
}

/** What is at hand of the migration there. */
export async function openAdoption(
  target: LocalStorageProvider,
  url: string,
  options: EndpointOptions & BackOptions,
): Promise<OpenAdoption> {
  const { adopt: directory, adoptJournal, archive, endpoint } = options;
  if (directory === undefined) return { adopt: undefined, async [Symbol.asyncDispose]() {} };
  const there = locate(directory, url, {
    ...(adoptJournal === undefined ? {} : { journal: adoptJournal }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  const opened = await openJournal(there.journal, { access: 'look', begun: true });
  const files = openSource(there, {}, archive);
  return {
    adopt: adoptFrom({ journal: opened.journal, archive: files.trash, target }),
    async [Symbol.asyncDispose]() {
      await files.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}
