import { GetBucketLocationCommand, HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { StorageError } from '@org/storage-core';
import { within } from '../../bucket.js';
import { failureOf } from '../../failure.js';
import { BEFORE_SIGNING, onRequest } from '../../middleware.js';
import { type ServerName, serverOf } from '../../server-profile.js';
import { told } from './refusal.js';

/** A bucket, and how it is reached. */
export interface BucketPlace {
  readonly client: S3Client;
  readonly bucket: string;
  readonly server: ServerName;
  /** Whether requests go by https. */
  readonly secure: boolean;
  /** Where requests are sent, for messages: a host with its scheme. */
  readonly endpoint: string;
  /** The client's. */
  readonly region: string;
  readonly signal: AbortSignal | undefined;
}

/** Whether there is a bucket of the name. `forbidden`: there is, and no more is told. */
type Existence = 'present' | 'absent' | 'forbidden';

export interface FoundBucket {
  readonly place: BucketPlace;
  readonly existence: Existence;
  /** As the server tells it. */
  readonly region: string | undefined;
}

/**
 * Looks for the bucket, and at the very request for how it is reached: no option of a client tells that for all ways in
 * which it may have been set.
 * @throws StorageError `InvalidArgument` with the right region, where it is in another one than the client's.
 */
export async function findBucket(
  client: S3Client,
  bucket: string,
  server: ServerName | undefined,
  signal: AbortSignal | undefined,
): Promise<FoundBucket> {
  const region = await regionOf(client);
  let sent: { protocol?: string; hostname?: string; port?: number } = {};
  const command = new HeadBucketCommand({ Bucket: bucket });
  const look = onRequest((request) => {
    sent = request;
  });
  command.middlewareStack.add(look, BEFORE_SIGNING);
  const place = (): BucketPlace => {
    const { protocol = 'https:', hostname = '', port } = sent;
    const endpoint = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
    const known = server ?? serverOf(endpoint);
    return {
      client,
      bucket,
      server: known,
      secure: protocol === 'https:',
      endpoint,
      region,
      signal,
    };
  };
  try {
    const { BucketRegion } = await client.send(command, within(signal));
    return { place: place(), existence: 'present', region: BucketRegion };
  } catch (error) {
    const { status } = failureOf(error);
    if (status === 404) return { place: place(), existence: 'absent', region: undefined };
    if (status === 403) return { place: place(), existence: 'forbidden', region: undefined };
    // The answer to a HEAD has no body: another question is told what is wrong, such as the region.
    throw told(status === 400 ? await reasonOf(place(), error) : error, place(), 'provision');
  }
}

async function regionOf({ config }: S3Client): Promise<string> {
  try {
    return await config.region();
  } catch (cause) {
    const message = 'no region is set: give the option region, or AWS_REGION';
    throw new StorageError('InvalidArgument', message, { operation: 'provision', cause });
  }
}

async function reasonOf({ client, bucket, signal }: BucketPlace, error: unknown): Promise<unknown> {
  try {
    await client.send(new GetBucketLocationCommand({ Bucket: bucket }), within(signal));
    return error;
  } catch (reason) {
    return reason;
  }
}
