import { get } from 'node:https';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { planBucket } from '@org/storage-s3/provision';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { expect, onTestFinished, test } from 'vitest';
import { TLS } from '../../../../testkit/test/s3-server/certificate.js';
import { pendingOf, provisioned, someBucket, useTlsServer } from './server.js';

const running = useTlsServer();

/** The status of a request without credentials. */
function readAnonymously(bucket: string, key: string): Promise<number | undefined> {
  return new Promise((done, failed) => {
    get(`${running.server.endpoint}/${bucket}/${key}`, { ca: TLS.cert }, (response) => {
      response.resume();
      done(response.statusCode);
    }).on('error', failed);
  });
}

test('everybody reads below the public prefix, and nowhere else, until it is taken back', async () => {
  const { client } = running;
  const bucket = someBucket();
  await provisioned(client, bucket, { publicPrefix: 'public' });
  for (const Key of ['public/a', 'publicity', 'secret']) {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
  }
  expect(await readAnonymously(bucket, 'public/a')).toBe(200);
  expect(await readAnonymously(bucket, 'publicity')).toBe(403);
  expect(await readAnonymously(bucket, 'secret')).toBe(403);
  expect(pendingOf(await provisioned(client, bucket, {}))).toEqual({});
  expect(await readAnonymously(bucket, 'public/a')).toBe(403);
});

test('who is let in does what that takes, where it is, and nothing else', async () => {
  const { client, server, connect } = running;
  const keys = { accessKeyId: `AK${someBucket()}`, secretAccessKey: 'secret of the application' };
  const user = server.addUser(keys);
  const application = connect({ credentials: keys });
  const bucket = someBucket();
  const put = (Key: string) =>
    application.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
  await provisioned(client, bucket, {});
  await expect(put('uploads/a')).rejects.toMatchObject({ name: 'AccessDenied' });
  const access = [{ principal: user.arn, as: 'application', prefix: 'uploads' }] as const;
  expect(pendingOf(await provisioned(client, bucket, { access }))).toEqual({});
  await put('uploads/a');
  await application.send(new GetObjectCommand({ Bucket: bucket, Key: 'uploads/a' }));
  await expect(put('elsewhere/a')).rejects.toMatchObject({ name: 'AccessDenied' });
  // It may not look after the bucket, and is told of each setting.
  const { differences } = await planBucket(application, bucket, {});
  expect(differences.map(({ kind }) => kind)).toEqual(differences.map(() => 'denied'));
  await provisioned(client, bucket, { access: [] });
  await expect(put('uploads/a')).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('requests in clear are denied to others, and never to whoever sends them', async () => {
  const bucket = someBucket();
  await using clear = await startS3Server();
  const { endpoint, region, credentials } = clear;
  const client = running.connect({ endpoint, region, credentials });
  expect(pendingOf(await provisioned(client, bucket, {}))).toEqual({});
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'x' }));
  onTestFinished(() => client.destroy());
});
