import type { S3Client, StorageClass } from '@aws-sdk/client-s3';
import {
  type Capabilities,
  type ChecksumAlgorithm,
  type Key,
  keyProblem,
  StorageError,
} from '@org/storage-core';
import type { ObjectSettings } from './object-settings.js';
import type { Requests } from './requests.js';
import type { ServerProfile } from './server-profile.js';

/** What the operations need to know of the bucket that they work on. */
export interface Bucket {
  /** Adds the {@link settings} to what is sent by it. */
  readonly client: S3Client;
  /** By the {@link client}, with less overhead. */
  readonly requests: Requests;
  readonly settings: ObjectSettings;
  readonly name: string;
  /** Where the provider's keys are in the bucket: empty, or with a slash at its end. */
  readonly prefix: string;
  readonly profile: ServerProfile;
  /** Of the profile, as corrected by the options or a probe. */
  readonly capabilities: Capabilities;
  readonly storageClass: StorageClass | undefined;
  /** Bytes. */
  readonly partSize: number;
  /** Parts under way at once. */
  readonly concurrency: number;
  /** Bytes; a larger body is sent in parts. */
  readonly multipartThreshold: number;
  /** Attempts in a row without a byte, after which a download is given up. */
  readonly downloadAttempts: number;
  /** Bytes of a piece, where a file is read in several at once. */
  readonly downloadPartSize: number;
  /** Pieces of a file that are read at once. */
  readonly downloadConcurrency: number;
  /** That the server is asked to verify and to keep, where it does. */
  readonly checksum: ChecksumAlgorithm;
  /** Bytes; a larger object is copied in parts. */
  readonly copyThreshold: number;
}

/** The SDK's parameters that name an object. */
export interface ObjectName {
  readonly Bucket: string;
  readonly Key: string;
}

/**
 * @throws StorageError `InvalidKey` if the key is too long with the bucket's prefix before it.
 */
export function objectName(bucket: Bucket, key: Key): ObjectName {
  if (bucket.prefix === '') return { Bucket: bucket.name, Key: key };
  const name = bucket.prefix + key;
  const problem = keyProblem(name);
  if (problem !== undefined) {
    throw new StorageError(
      'InvalidKey',
      `the key does not fit behind ${bucket.prefix}: ${problem}`,
    );
  }
  return { Bucket: bucket.name, Key: name };
}

/** The same for one version of it; without an id, for the current one. */
export function versionName(
  bucket: Bucket,
  key: Key,
  versionId: string | undefined,
): ObjectName & { readonly VersionId?: string } {
  const name = objectName(bucket, key);
  return versionId === undefined ? name : { ...name, VersionId: versionId };
}

/** The SDK's options for a request that ends with the signal. */
export function within(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** A value that every S3 server gives, but the SDK's types allow to be missing. */
export function given<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new StorageError('Unknown', `the server’s answer has no ${what}`);
  }
  return value;
}
