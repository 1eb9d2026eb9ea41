import { HeadBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { type Bucket, within } from './bucket.js';

/** Asks for something that takes the permission `s3:ListBucket` alone: the bucket, or what is in it below the prefix. */
export async function askForBucket(
  { client, name: Bucket, prefix: Prefix }: Bucket,
  signal: AbortSignal | undefined,
): Promise<void> {
  // Who may list a prefix alone is not told of the bucket.
  if (Prefix === '') await client.send(new HeadBucketCommand({ Bucket }), within(signal));
  else await client.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }), within(signal));
}
