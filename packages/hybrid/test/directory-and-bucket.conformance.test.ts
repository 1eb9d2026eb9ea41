import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { testProvider } from '@org/storage-testkit';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { afterAll, beforeAll } from 'vitest';
import { HybridStorageProvider } from '../src/index.js';

const MIB = 1024 ** 2;
const buckets = Array.from({ length: 500 }, (_, i) => `case-${i}`);
let server: S3Server;
let used = 0;

beforeAll(async () => {
  server = await startS3Server({ buckets });
});
afterAll(() => server.close());

testProvider({
  name: 'hybrid, a directory to a bucket',
  largeFileBytes: 6 * MIB,
  manyFiles: 300,
  async open() {
    const root = await mkdtemp(join(tmpdir(), 'storage-hybrid-'));
    const { endpoint, region, credentials } = server;
    const bucket = buckets[used++] ?? 'none';
    const make = () =>
      new HybridStorageProvider({
        source: new LocalStorageProvider({ root }),
        target: new S3StorageProvider({
          ...{ bucket, endpoint, region, credentials },
          ...{ server: 'aws', partSize: 5 * MIB },
        }),
        mode: 'hybrid',
        handedOver: true,
      });
    const provider = make();
    return {
      provider,
      reopen: async () => make(),
      leftovers: async () => [
        ...(await readdir(join(root, '.storage', 'staging')).catch(() => [])),
        ...server.openMultipartUploads(bucket).map(({ key }) => key),
      ],
      async close() {
        await provider.close();
        await rm(root, { recursive: true, force: true });
      },
    };
  },
});
