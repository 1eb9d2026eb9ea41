import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { type S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import { afterAll, beforeAll, describe } from 'vitest';
import { describeOnCeph, isCeph18 } from '../../testkit/test/ceph/provided.js';
import { encryptionTests } from './encryption.js';
import { MIB } from './store.js';
import { tagTests } from './tags.js';
import { versionTests } from './versions.js';

describeOnCeph('over Ceph', (server) => {
  const { endpoint, region, credentials } = server;
  const kind = isCeph18(server) ? 'Ceph 18' : 'S3';
  const bucket = `objects-${randomBytes(4).toString('hex')}`;
  const opened: S3StorageProvider[] = [];
  const open = (options: Partial<S3StorageOptions>) => {
    const storage = new S3StorageProvider({
      bucket,
      endpoint,
      region,
      credentials,
      server: 'ceph',
      partSize: 5 * MIB,
      copyThreshold: 5 * MIB,
      ...options,
    });
    opened.push(storage);
    return storage;
  };
  beforeAll(async () => {
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
  });
  afterAll(async () => {
    for (const storage of opened) await storage.close();
  });

  describe('tags', () => tagTests(() => open({})));
  describe('versions', () => versionTests(() => server, { server: 'ceph' }, kind));
  describe('encryption', () => encryptionTests(() => ({ ...server, bucket }), open, kind));
});
