import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { S3StorageProvider } from '@org/storage-s3';
import { afterAll, beforeAll } from 'vitest';
import { describeOnCeph } from '../../testkit/test/ceph/provided.js';
import { probedTicketTests } from './probed-tickets.js';
import { MIB } from './store.js';
import { ticketTests } from './tickets.js';

describeOnCeph('over Ceph', ({ endpoint, region, credentials, version }) => {
  const bucket = `tickets-${Date.now().toString(36)}`;
  const options = {
    bucket,
    endpoint,
    region,
    credentials,
    server: 'ceph',
    partSize: 5 * MIB,
  } as const;
  const storage = new S3StorageProvider(options);
  const probed = new S3StorageProvider(options);
  beforeAll(async () => {
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    await probed.probe();
  });
  afterAll(async () => {
    await storage.close();
    await probed.close();
  });

  const isOld = /^1[68]\./.test(version ?? '');
  const signsAllHeaders = !isOld; // these take what others add
  probedTicketTests(() => probed, isOld ? [] : ['crc32', 'crc64nvme', 'sha256']);
  ticketTests(() => storage, { everything: false }, { signsAllHeaders });
});
