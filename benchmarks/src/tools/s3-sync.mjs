// s3-sync-client as a command: node s3-sync.mjs DIRECTORY PREFIX AT-ONCE
import { S3Client } from '@aws-sdk/client-s3';
import { S3SyncClient } from 's3-sync-client';
import { connectionOf } from './connection.mjs';

const [, , directory, prefix, atOnce] = process.argv;
const { bucket, ...where } = connectionOf(process.env);
const maxSockets = Math.max(50, Number(atOnce)); // the SDK's default, unless more are to be used
const client = new S3Client({
  ...where,
  forcePathStyle: true,
  requestHandler: { httpAgent: { maxSockets } },
});
const { sync } = new S3SyncClient({ client });
await sync(directory, `s3://${bucket}/${prefix}`, { maxConcurrentTransfers: Number(atOnce) });
client.destroy();
