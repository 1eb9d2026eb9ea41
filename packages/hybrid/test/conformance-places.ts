import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3StorageProvider } from '@org/storage-s3';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { afterAll, beforeAll } from 'vitest';

const MIB = 1024 ** 2;

/** Of a file that is sent in parts of the least size that S3 takes. */
export const LARGE_FILE_BYTES = 6 * MIB;

/** An S3 server for a suite, and for each of its cases a new directory and a new bucket. */
export function usePlaces() {
  const buckets = Array.from({ length: 500 }, (_, i) => `case-${i}`);
  let server: S3Server;
  let used = 0;
  beforeAll(async () => {
    server = await startS3Server({ buckets });
  });
  afterAll(() => server.close());

  return async () => {
    const root = await mkdtemp(join(tmpdir(), 'storage-hybrid-'));
    const bucket = buckets[used++] ?? 'none';
    const { endpoint, region, credentials } = server;
    return {
      root,
      openBucket: () =>
        new S3StorageProvider({
          ...{ bucket, endpoint, region, credentials },
          ...{ server: 'aws', partSize: 5 * MIB },
        }),
      /** What no case may leave in them. */
      leftovers: async () => [
        ...(await readdir(join(root, '.storage', 'staging')).catch(() => [])),
        ...server.openMultipartUploads(bucket).map(({ key }) => key),
      ],
      remove: () => rm(root, { recursive: true, force: true }),
    };
  };
}
