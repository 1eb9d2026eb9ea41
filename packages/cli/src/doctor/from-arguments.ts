import { isStorageError, StorageError } from '@org/storage-core';
import type { S3StorageOptions } from '@org/storage-s3';
import { type BucketSettings, inspectBucket } from '@org/storage-s3/provision';
import { checkedEndpoint, type EndpointOptions, locate, type S3Options } from '../endpoints.js';
import { parseS3Url } from '../s3-url.js';
import type { BucketPatient, JournalPatient, Patient } from './patient.js';

/** What is named to be looked at. */
export type Places = Pick<Patient, 'directory' | 'bucket' | 'back' | 'journal'>;

/**
 * @param words a directory, an address, or both in the order of the migration.
 * @throws StorageError `InvalidArgument` for something else.
 */
export function fromArguments(words: readonly string[], options: EndpointOptions): Places {
  const urls = words.filter((word) => word.startsWith('s3://'));
  const paths = words.filter((word) => !word.startsWith('s3://'));
  if (urls.length > 1 || paths.length > 1)
    throw new StorageError('InvalidArgument', 'name one directory and one s3://BUCKET/PREFIX');
  const [path] = paths;
  const [url] = urls;
  const journal = journalOf(words, options);
  return {
    ...(path !== undefined && words[0] === url ? { back: true } : {}),
    ...(path === undefined ? {} : { directory: { path } }),
    ...(url === undefined ? {} : { bucket: examined(s3OptionsOf(url, options)) }),
    ...(journal === undefined ? {} : { journal }),
  };
}

/** A bucket, ready to be looked at. */
export function examined(options: S3StorageOptions, settings?: BucketSettings): BucketPatient {
  return { options, settings, inspection: inspectBucket(options) };
}

function s3OptionsOf(url: string, { endpoint, region, profile }: S3Options): S3StorageOptions {
  const { bucket, prefix } = parseS3Url(url);
  if (endpoint !== undefined) checkedEndpoint(endpoint);
  return { bucket, prefix, endpoint, region, profile };
}

/** The journal of the migration from one to the other, or the one that is named. */
export function journalOf(
  words: readonly string[],
  options: EndpointOptions,
): JournalPatient | undefined {
  const [first, second] = words;
  const named = options.journal === undefined ? undefined : { place: options.journal };
  if (first === undefined || second === undefined) return named;
  try {
    const { journal, endpoints } = locate(first, second, options);
    return { place: journal, endpoints };
  } catch (error) {
    if (isStorageError(error, 'NotFound')) return named; // there is no such directory, which its check tells
    throw error;
  }
}
