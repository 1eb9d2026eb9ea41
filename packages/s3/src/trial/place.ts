import type { S3Client } from '@aws-sdk/client-s3';
import { isStorageError, StorageError, throwIfAborted } from '@org/storage-core';
import { s3Error } from '../s3-error.js';
import type { ServerProfile } from '../server-profile.js';

/** Where requests are tried. */
export interface Place {
  readonly client: S3Client;
  readonly bucket: string;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly profile: ServerProfile;
}

/** How long to wait. */
export interface Patience {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for one request. Default 10,000. */
  readonly limit?: number | undefined;
}

/** Milliseconds. */
const LIMIT = 10_000;

/**
 * Sends a request that ends in time.
 * @throws StorageError what it failed with, `Timeout` without an answer, `Aborted` if the signal fired.
 */
export async function sent<T>(
  { bucket, endpoint }: Pick<Place, 'bucket' | 'endpoint'>,
  operation: string,
  { signal, limit = LIMIT }: Patience,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  throwIfAborted(signal);
  const time = AbortSignal.timeout(limit);
  try {
    return await send({ abortSignal: signal ? AbortSignal.any([signal, time]) : time });
  } catch (error) {
    throwIfAborted(signal);
    if (isStorageError(error)) throw error;
    if (time.aborted) {
      throw new StorageError('Timeout', `no answer within ${limit / 1000} s`, { cause: error });
    }
    throw s3Error(error, { operation, provider: 's3', bucket, endpoint });
  }
}
