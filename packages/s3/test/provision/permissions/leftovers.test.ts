import {
  CreateMultipartUploadCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { inspectBucket } from '@org/storage-s3/provision';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';

afterEach(() => {
  vi.useRealTimers();
});

const UUID = '0f5c2c8e-7d7a-4f0b-9d55-3f3b2f0c9a11';

async function setting() {
  const server = await startS3Server({ buckets: ['bucket'] });
  onTestFinished(() => server.close());
  const { endpoint, region, credentials } = server;
  /** Each makes up for the clock that it has seen. */
  const client = () => {
    const opened = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    onTestFinished(() => opened.destroy());
    return opened;
  };
  const inspection = inspectBucket({
    bucket: 'bucket',
    prefix: 'a',
    endpoint,
    region,
    credentials,
  });
  onTestFinished(() => inspection[Symbol.asyncDispose]());
  const Bucket = 'bucket';
  return {
    server,
    inspection,
    put: (Key: string) => client().send(new PutObjectCommand({ Bucket, Key, Body: 'x' })),
    begin: (Key: string) => client().send(new CreateMultipartUploadCommand({ Bucket, Key })),
    names: async () => {
      const { Contents = [] } = await client().send(new ListObjectsV2Command({ Bucket }));
      return Contents.map(({ Key }) => Key);
    },
  };
}

it('what was left more than an hour ago is removed, and nothing else', async () => {
  const { server, inspection, put, begin, names } = await setting();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 61 * 60_000 });
  const others = [
    'a/.storage/doctor-of-the-ward', // no trial’s
    'a/.storage/fleet/doctor',
    `a/doctor-${UUID}`,
    `b/.storage/doctor-${UUID}`, // below another prefix
  ];
  for (const key of others) await put(key);
  await put(`a/.storage/doctor-${UUID}`);
  await put(`a/.storage/doctor-${UUID}-copy`);
  await put(`a/.storage/probe-${UUID}-missing`);
  await put(`a/.storage/plan-${UUID}/1`);
  await begin(`a/.storage/doctor-${UUID}`);
  await begin('a/large');
  vi.setSystemTime(Date.now() + 61 * 60_000);
  const now = `a/.storage/doctor-${UUID.replace('0', '1')}`;
  await put(now);
  expect(await inspection.sweep()).toEqual({ removed: 5, kept: [] });
  expect(await names()).toEqual([...others, now].sort());
  expect(server.openMultipartUploads('bucket').map(({ key }) => key)).toEqual(['a/large']);
});

it('what can’t be removed is told', async () => {
  const { server, inspection, put } = await setting();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 61 * 60_000 });
  await put(`a/.storage/probe-${UUID}`);
  vi.useRealTimers();
  server.faults.add({
    type: 'error',
    code: 'AccessDenied',
    status: 403,
    operation: 'DeleteObject',
  });
  expect(await inspection.sweep()).toEqual({ removed: 0, kept: [`a/.storage/probe-${UUID}`] });
});

it('what may be listed is removed, although the uploads may not be listed', async () => {
  const { server, inspection, put, names } = await setting();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 61 * 60_000 });
  await put(`a/.storage/probe-${UUID}`);
  vi.useRealTimers();
  const refusal = { type: 'error', code: 'AccessDenied', status: 403 } as const;
  server.faults.add({ ...refusal, operation: 'ListMultipartUploads' });
  await expect(inspection.sweep()).rejects.toMatchObject({ code: 'AccessDenied' });
  expect(await names()).toEqual([]);
});
