import { parentPort, workerData } from 'node:worker_threads';
import { startS3Server } from '@org/storage-testkit/s3-server';

/** What the demonstration has to know of its server. */
export interface ServerAddress {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The S3 server, in a thread of its own so that it does not share the migration's core. */
const server = await startS3Server({ buckets: [String(workerData)] });
const { endpoint, region, credentials } = server;
const { accessKeyId, secretAccessKey } = credentials;
parentPort?.postMessage({
  endpoint,
  region,
  accessKeyId,
  secretAccessKey,
} satisfies ServerAddress);
parentPort?.once('message', async () => {
  await server.close();
  parentPort?.close();
});
