import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { S3StorageProvider } from '@org/storage-s3';
import { afterAll, beforeAll } from 'vitest';
import { describeOnCeph } from '../../testkit/test/ceph/provided.js';
import { MIB } from './store.js';
import { ticketTests } from './tickets.js';

describeOnCeph('over Ceph', ({ endpoint, region, credentials, version }) => {
  const bucket = `tickets-${Date.now().toString(36)}`;
  const storage = new S3StorageProvider({
    bucket,
    endpoint,
    region,
    credentials,
    server: 'ceph',
    partSize: 5 * MIB,
  });
  beforeAll(async () => {
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
  });
  afterAll(() => storage.close());

  const signsAllHeaders = !/^1[68]\./.test(version ?? ''); // these take what others add
  ticketTests(() => storage, { everything: false }, { signsAllHeaders });
});
