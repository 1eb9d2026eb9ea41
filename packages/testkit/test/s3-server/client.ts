import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3Server } from '../../src/s3-server/index.js';

/** Without retries, so that a test sees every answer. */
export function clientOf(server: S3Server, config: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint: server.endpoint,
    region: server.region,
    credentials: server.credentials,
    forcePathStyle: true,
    maxAttempts: 1,
    ...config,
  });
}

export const failure = (name: string, status: number) => ({
  name,
  $metadata: { httpStatusCode: status },
});
