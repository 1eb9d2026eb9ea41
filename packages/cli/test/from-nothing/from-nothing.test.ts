import { startS3Server } from '@org/storage-testkit/s3-server';
import { expect, it, onTestFinished } from 'vitest';
import { fromNothing } from './way.js';

it('from nothing to a bucket in which all is well, and back to it after a change by hand', async () => {
  const server = await startS3Server();
  onTestFinished(() => server.close());
  const { endpoint, region, credentials } = server;
  await fromNothing({ endpoint, region, credentials }, 'aws');
  expect(server.requests.count('CreateBucket')).toBe(1);
}, 120_000);
