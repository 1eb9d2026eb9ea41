import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { StorageError } from '@org/storage-core';
import { type LocalStorageOptions, LocalStorageProvider } from '@org/storage-local';
import type { Endpoints } from '@org/storage-migration';
import type { S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import { diskId } from './disk-id.js';
import { checkedJournal, defaultJournal, isWithin, ofDisk } from './journal-place.js';
import { formatS3Url, parseS3Url } from './s3-url.js';

/** How the bucket is reached. What the command line says goes before the configuration. */
export interface S3Options {
  readonly endpoint?: string;
  readonly region?: string;
  readonly profile?: string;
  /** The bucket’s side of a configuration. */
  readonly s3?: S3StorageOptions;
}

/** How the bucket keeps what is written. */
export type Keeping = Pick<S3StorageOptions, 'storageClass' | 'encryption'>;

export interface EndpointOptions extends S3Options {
  readonly journal?: string;
  /** The name of the disk that the directory is on, where only this host sees it. */
  readonly disk?: string;
  /** The directory’s side of a configuration. */
  readonly local?: LocalStorageOptions;
}

/** `there`: from the directory to the bucket. `back`: from the bucket to the directory. */
type Direction = 'there' | 'back';

/** What the two arguments name, before anything is opened: a directory and an address, the source first. */
export interface Migration {
  readonly endpoints: Endpoints;
  readonly direction: Direction;
  /** Of the bucket. */
  readonly url: string;
  /** With its links resolved. */
  readonly directory: string;
  /** A path, or the address of a database. */
  readonly journal: string;
}

/**
 * @throws StorageError `NotFound` if the directory does not exist, `InvalidArgument` for a malformed address.
 */
export function locate(first: string, second: string, options: EndpointOptions): Migration {
  const direction = first.startsWith('s3://') && !second.startsWith('s3://') ? 'back' : 'there';
  const [directory, url] = direction === 'there' ? [first, second] : [second, first];
  if (direction === 'back' && options.disk !== undefined)
    throw new StorageError(
      'InvalidArgument',
      '--disk is for the way to a bucket: hosts with disks of their own can’t go back to them live',
    );
  const location = parseS3Url(url);
  const real = realDirectory(directory);
  const at = options.endpoint === undefined ? '' : ` at ${checkedEndpoint(options.endpoint)}`;
  const { disk: name } = options;
  const files = name === undefined ? real : `${name}:${real}`;
  const bucket = `${formatS3Url(location)}${at}`;
  const endpoints = {
    ...(direction === 'there'
      ? { source: files, target: bucket }
      : { source: bucket, target: files }),
    ...(name === undefined ? {} : { disk: { name } }),
  };
  const journal =
    options.journal === undefined
      ? defaultJournal(endpoints)
      : ofDisk(checkedJournal(options.journal, real), name);
  return { endpoints, direction, url, directory: real, journal };
}

/** The endpoints, with what tells a disk that only this host sees from the others: it is written there if it is missing. */
export function identified({ endpoints, directory }: Migration): Endpoints {
  const { disk } = endpoints;
  if (disk === undefined) return endpoints;
  const id = diskId(directory);
  return { ...endpoints, disk: { ...disk, ...(id === undefined ? {} : { id }) } };
}

/** Refuses the way back for a command that only goes there. */
export function onlyThere(migration: Migration): Migration {
  if (migration.direction === 'there') return migration;
  throw new StorageError(
    'InvalidArgument',
    'this command is for the way from a directory to a bucket: name the directory first',
  );
}

/** The source, whichever it is. */
export async function openEitherSource(
  migration: Migration,
  options: EndpointOptions,
): Promise<LocalStorageProvider | S3StorageProvider> {
  if (migration.direction === 'there') return openSource(migration, options);
  return openTarget(migration.url, options, 1);
}

/** @param archive Directory of the archive; default the configuration’s, or `.storage/trash` in the directory that is migrated. */
export function openSource(
  { directory }: Pick<Migration, 'directory'>,
  { local }: Pick<EndpointOptions, 'local'>,
  archive?: string,
): LocalStorageProvider {
  if (archive !== undefined && isWithin(resolve(archive), directory)) {
    throw new StorageError(
      'InvalidArgument',
      `the archive ${resolve(archive)} lies in the directory that is migrated; put it beside it`,
    );
  }
  return new LocalStorageProvider({
    ...local,
    root: directory,
    ...(archive === undefined ? {} : { trash: archive }),
  });
}

/** @param files under way at once. */
export async function openTarget(
  url: string,
  options: S3Options,
  files: number,
  keeping: Keeping = {},
): Promise<S3StorageProvider> {
  // Imported where it is wanted: without it, a command begins sooner.
  const { S3StorageProvider } = await import('@org/storage-s3');
  const { bucket, prefix } = parseS3Url(url);
  const { s3 } = options;
  return new S3StorageProvider({
    ...s3,
    ...reachedBy(options, s3),
    ...keeping,
    ...{ bucket, prefix: prefix === '' ? undefined : prefix },
    maxSockets: Math.max(files + 4, s3?.concurrency ?? 1, s3?.downloadConcurrency ?? 1),
  });
}

/** What the command line says of how S3 is reached, which goes before what a configuration says. */
export function reachedBy(
  { endpoint, region, profile }: S3Options,
  s3: Pick<S3StorageOptions, 'profile'> | undefined,
): Partial<S3StorageOptions> {
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    // A profile that was asked for has credentials of its own.
    ...(profile === undefined || profile === s3?.profile ? {} : { credentials: undefined }),
  };
}

/** Of more options, those that say how S3 is reached. */
export function connectionOf({ endpoint, region, profile, s3 }: S3Options): S3Options {
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(s3 === undefined ? {} : { s3 }),
  };
}

export function realDirectory(directory: string): string {
  try {
    return realpathSync(resolve(directory));
  } catch (cause) {
    throw new StorageError('NotFound', `there is no directory ${resolve(directory)}`, { cause });
  }
}

/** A journal and messages show the endpoint: it must not carry credentials. */
export function checkedEndpoint(text: string): string {
  if (!URL.canParse(text)) {
    throw new StorageError(
      'InvalidArgument',
      'the endpoint (--endpoint) is a URL such as http://localhost:9000',
    );
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw new StorageError(
      'InvalidArgument',
      'the endpoint (--endpoint) must not hold credentials: give them in the environment, a profile or the configuration',
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new StorageError(
      'InvalidArgument',
      'the endpoint (--endpoint) begins with http:// or https://',
    );
  }
  return url.origin;
}
