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
  name: 'hybrid, a bucket to a directory',
  largeFileBytes: 6 * MIB,
  manyFiles: 300,
  timeout: 180_000,
  patience: 120_000,
  limits: { maxSegmentBytes: 255, fileBesideFolder: false },
  deviations: {
    'an emptied folder is listed no more, and a file can take its name': {
      reason: 'until the sweep, a tombstone is a file, whose folder no file can take the name of',
      fails: /InvalidKey|not a directory|is a directory|folder/i,
    },
  },
  async open() {
    const root = await mkdtemp(join(tmpdir(), 'storage-hybrid-'));
    const { endpoint, region, credentials } = server;
    const bucket = buckets[used++] ?? 'none';
    const make = async () => {
      const target = new LocalStorageProvider({ root, durability: 'relaxed' });
      await target.probe();
      return new HybridStorageProvider({
        source: new S3StorageProvider({
          ...{ bucket, endpoint, region, credentials },
          ...{ server: 'aws', partSize: 5 * MIB },
        }),
        target,
        mode: 'hybrid',
        handedOver: true,
      });
    };
    const provider = await make();
    return {
      provider,
      reopen: make,
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
