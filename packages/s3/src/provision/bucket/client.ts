import type { S3Client } from '@aws-sdk/client-s3';
import { createClient, type S3ClientOptions } from '../../client.js';

/** A client for `planBucket` and `applyBucket`, by the options of `S3StorageProvider`; whoever made it destroys it. */
export function createBucketClient(options: S3ClientOptions): S3Client {
  return createClient(options, new AbortController().signal);
}
