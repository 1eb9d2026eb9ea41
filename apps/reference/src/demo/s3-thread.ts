import { parentPort, workerData } from 'node:worker_threads';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { BUCKET, type ServerAddress } from './server-address.js';

/** The S3 server, in a thread of its own so that it does not share the application's processor. */
const server = await startS3Server({ buckets: [BUCKET], dataDirectory: String(workerData) });
const { endpoint, region, credentials } = server;
const { accessKeyId, secretAccessKey } = credentials;
parentPort?.postMessage({ endpoint, region, accessKeyId, secretAccessKey } satisfies ServerAddress);
parentPort?.once('message', async () => {
  await server.close();
  parentPort?.close();
});
