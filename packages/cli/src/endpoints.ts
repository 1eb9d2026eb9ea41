import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { StorageError } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import type { Endpoints } from '@org/storage-migration';
import { type S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import { checkedJournal, defaultJournal, isWithin } from './journal-place.js';
import { formatS3Url, parseS3Url } from './s3-url.js';

export interface S3Options {
  readonly endpoint?: string;
  readonly region?: string;
  readonly profile?: string;
}

/** How the bucket keeps what is written. */
export type Keeping = Pick<S3StorageOptions, 'storageClass' | 'encryption'>;

export interface EndpointOptions extends S3Options {
  readonly journal?: string;
}

/** What the arguments `<directory> <s3-url>` name, before anything is opened. */
export interface Migration extends Endpoints {
  /** With its links resolved. */
  readonly directory: string;
  readonly journal: string;
}

/**
 * @throws StorageError `NotFound` if the directory does not exist, `InvalidArgument` for a malformed address.
 */
export function locate(directory: string, url: string, options: EndpointOptions): Migration {
  const location = parseS3Url(url);
  const real = realDirectory(directory);
  const at = options.endpoint === undefined ? '' : ` at ${checkedEndpoint(options.endpoint)}`;
  const endpoints = { source: real, target: `${formatS3Url(location)}${at}` };
  const journal =
    options.journal === undefined
      ? defaultJournal(endpoints)
      : checkedJournal(options.journal, real);
  return { ...endpoints, directory: real, journal };
}

/** @param archive Directory of the archive; default `.storage/trash` in the directory that is migrated. */
export function openSource({ directory }: Migration, archive?: string): LocalStorageProvider {
  if (archive !== undefined && isWithin(resolve(archive), directory)) {
    throw new StorageError(
      'InvalidArgument',
      `the archive ${resolve(archive)} lies in the directory that is migrated; put it beside it`,
    );
  }
  return new LocalStorageProvider({
    root: directory,
    ...(archive === undefined ? {} : { trash: archive }),
  });
}

/** @param files under way at once. */
export function openTarget(
  url: string,
  { endpoint, region, profile }: S3Options,
  files: number,
  keeping: Keeping = {},
) {
  const { bucket, prefix } = parseS3Url(url);
  return new S3StorageProvider({
    bucket,
    ...(prefix === '' ? {} : { prefix }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...keeping,
    maxSockets: files + 4,
  });
}

export function realDirectory(directory: string): string {
  try {
    return realpathSync(resolve(directory));
  } catch (cause) {
    throw new StorageError('NotFound', `there is no directory ${resolve(directory)}`, { cause });
  }
}

/** A journal and messages show the endpoint: it must not carry credentials. */
function checkedEndpoint(text: string): string {
  if (!URL.canParse(text)) {
    throw new StorageError(
      'InvalidArgument',
      `--endpoint takes a URL such as http://localhost:9000`,
    );
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    throw new StorageError(
      'InvalidArgument',
      '--endpoint must not hold credentials: give them in the environment or a profile',
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new StorageError('InvalidArgument', '--endpoint begins with http:// or https://');
  }
  return url.origin;
}
