import { S3StorageProvider } from '@org/storage-s3';
import { applyBucket, createBucketClient, planBucket } from '@org/storage-s3/provision';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { openBucket } from '../../../../../packages/testkit/test/ceph/own-bucket.js';
import type { ProvidedServer } from '../../../../../packages/testkit/test/ceph/provided.js';
import { Gate } from './gate.js';

/** The S3 server of a suite: one in process, or Ceph. */
export type S3Choice = 'in process' | ProvidedServer;

/** A bucket of one's own on an S3 server that can be made to be away. */
export interface S3Place {
  readonly gate: Gate;
  /** Of the server as the application and browsers reach it, by the gate. */
  readonly endpoint: string;
  readonly bucket: string;
  provider(): S3StorageProvider;
  /** Without CORS rules, no page may send a file to the bucket. */
  allowPagesOf(origin: string): Promise<void>;
  /** With all that the bucket holds. */
  close(): Promise<void>;
}

export async function s3Place(choice: S3Choice): Promise<S3Place> {
  if (choice !== 'in process') return placeOn(choice, 'ceph');
  const server = await startS3Server({ buckets: [] });
  const place = await placeOn(server, 'aws');
  return {
    ...place,
    async close() {
      await place.close();
      await server.close();
    },
  };
}

async function placeOn(
  server: Pick<ProvidedServer, 'endpoint' | 'region' | 'credentials'>,
  profile: 'aws' | 'ceph',
): Promise<S3Place> {
  const { bucket, close } = await openBucket(server);
  const gate = await Gate.before(server.endpoint);
  const { endpoint } = gate;
  const { region, credentials } = server;
  const connection = { endpoint, region, credentials, server: profile } as const;
  const provider = () => new S3StorageProvider({ bucket, ...connection, maxAttempts: 1 });
  return {
    ...{ gate, endpoint, bucket, provider },
    async allowPagesOf(origin) {
      const client = createBucketClient(connection);
      try {
        const plan = await planBucket(client, bucket, {
          cors: { origins: [origin] },
          tlsOnly: false,
        });
        const outcomes = await applyBucket(client, plan);
        const cors = outcomes.find(({ setting }) => setting === 'cors');
        if (cors?.result !== 'done') throw new Error(`no CORS: ${JSON.stringify(outcomes)}`);
      } finally {
        client.destroy();
      }
    },
    async close() {
      gate.open();
      await using storage = provider();
      const { multipart } = storage;
      for await (const { key, uploadId } of multipart?.list() ?? [])
        await multipart?.abort(key, uploadId);
      await close();
      await gate.close();
    },
  };
}
