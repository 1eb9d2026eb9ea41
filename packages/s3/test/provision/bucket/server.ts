import { randomBytes } from 'node:crypto';
import { Agent } from 'node:https';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import {
  applyBucket,
  type BucketDifference,
  type BucketPlan,
  type BucketSettings,
  differenceLines,
  isPending,
  planBucket,
} from '@org/storage-s3/provision';
import { type S3Server, type S3ServerOptions, startS3Server } from '@org/storage-testkit/s3-server';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { TLS } from '../../../../testkit/test/s3-server/certificate.js';

const OWNER = { accessKeyId: 'AKOWNER', secretAccessKey: 'secret of the owner' };
export const STRANGER = { accessKeyId: 'AKOTHER', secretAccessKey: 'secret of another' };

export interface ProvisionServer {
  readonly server: S3Server;
  readonly client: S3Client;
  /** Another one; destroyed after the file. */
  connect(config?: S3ClientConfig): S3Client;
}

/** A server that speaks https, without buckets, for the tests of a file; its faults are cleared before each. */
export function useTlsServer(options: S3ServerOptions = { tls: TLS }): ProvisionServer {
  let running: { readonly server: S3Server; readonly client: S3Client } | undefined;
  const clients: S3Client[] = [];
  const agent = new Agent({ ca: TLS.cert, keepAlive: true });
  const started = () => {
    if (running === undefined) throw new Error('the server is not running');
    return running;
  };
  const connect = (server: S3Server, config: S3ClientConfig = {}) => {
    const { endpoint, region, credentials } = server;
    const client = new S3Client({
      endpoint,
      region,
      credentials,
      forcePathStyle: true,
      maxAttempts: 1,
      requestHandler: { httpsAgent: agent },
      ...config,
    });
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    const server = await startS3Server({ credentials: [OWNER, STRANGER], ...options });
    running = { server, client: connect(server) };
  });
  beforeEach(() => {
    started().server.faults.clear();
    started().server.requests.reset();
  });
  afterAll(async () => {
    for (const client of clients) client.destroy();
    agent.destroy();
    await running?.server.close();
  });
  return {
    get server() {
      return started().server;
    },
    get client() {
      return started().client;
    },
    connect: (config) => connect(started().server, config),
  };
}

export function someBucket(): string {
  return `bucket-${randomBytes(6).toString('hex')}`;
}

/** What is to be done, by the names of the settings. */
export function pendingOf({ differences }: BucketPlan): Record<string, readonly string[]> {
  return Object.fromEntries(
    differences.filter(isPending).map((each) => [each.setting, differenceLines(each)]),
  );
}

export function differenceOf(plan: BucketPlan, setting: BucketDifference['setting']) {
  const found = plan.differences.find((difference) => difference.setting === setting);
  if (found === undefined) throw new Error(`the plan has nothing on ${setting}`);
  return found;
}

/** Plans, applies, and plans again, which is given back. */
export async function provisioned(
  client: S3Client,
  bucket: string,
  settings: BucketSettings,
): Promise<BucketPlan> {
  await applyBucket(client, await planBucket(client, bucket, settings), { settle: 1_000 });
  return planBucket(client, bucket, settings);
}
