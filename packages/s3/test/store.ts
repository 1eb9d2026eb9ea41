import { randomBytes } from 'node:crypto';
import { type S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { afterAll, beforeAll, beforeEach } from 'vitest';

export const MIB = 1024 ** 2;

/** Where a server is, and how to be let in. */
export interface S3Account {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** A server, empty but for one bucket, for the tests of a file. */
export interface TestServer {
  readonly server: S3Server;
  readonly bucket: string;
  /** A provider over the bucket; closed after the file. */
  storage(options?: Partial<S3StorageOptions>): S3StorageProvider;
}

/** Starts a server for the tests of a file; its faults and counters are cleared before each. */
export function useServer(): TestServer {
  let server: S3Server | undefined;
  const opened: S3StorageProvider[] = [];
  const running = () => {
    if (server === undefined) throw new Error('the server is not running');
    return server;
  };
  beforeAll(async () => {
    server = await startS3Server({ buckets: ['test'] });
  });
  beforeEach(() => {
    running().faults.clear();
    running().requests.reset();
  });
  afterAll(async () => {
    for (const storage of opened) await storage.close();
    await server?.close();
  });
  return {
    get server() {
      return running();
    },
    bucket: 'test',
    storage(options = {}) {
      const { endpoint, region, credentials } = running();
      const storage = new S3StorageProvider({
        bucket: 'test',
        endpoint,
        region,
        credentials,
        server: 'aws',
        partSize: 5 * MIB,
        ...options,
      });
      opened.push(storage);
      return storage;
    },
  };
}

/** A name that no other test uses. */
export function someKey(name = 'file.bin'): string {
  return `${randomBytes(6).toString('hex')}/${name}`;
}
