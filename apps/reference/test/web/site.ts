import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HybridStorageProvider, type Mode } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { applyBucket, createBucketClient, planBucket } from '@org/storage-s3/provision';
import { type S3Server, startS3Server } from '@org/storage-testkit/s3-server';
import { buildWeb } from '../../src/build-web.js';
import { type StartedApp, startApp } from '../app.js';

const BUCKET = 'reference';

/** Enough for the largest file of these tests. */
const UPLOADS = { maxBytes: 300_000_000, types: [] };

/** The application with its pages, and what its files are in. */
export interface Site {
  readonly app: StartedApp;
  readonly local: LocalStorageProvider;
  /** A directory that is removed in the end. */
  readonly directory: string;
  close(): Promise<void>;
}

/** A directory that can be made to keep uploads waiting, or to refuse them. */
export class HeldProvider extends LocalStorageProvider {
  before: (key: string) => Promise<void> = () => Promise.resolve();

  override async upload(...[key, body, options]: Parameters<LocalStorageProvider['upload']>) {
    await this.before(key);
    return super.upload(key, body, options);
  }
}

/** Files in a directory. */
export async function localSite(): Promise<Site & { readonly local: HeldProvider }> {
  const directory = await mkdtemp(join(tmpdir(), 'reference-web-'));
  const webRoot = await buildWeb(join(directory, 'web'));
  const local = await filesIn(directory);
  const app = await startApp({ storage: local, webRoot, uploads: UPLOADS });
  return {
    app,
    local,
    directory,
    close: async () => {
      await app.close();
      await local.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export interface HybridSite extends Site {
  readonly s3: S3StorageProvider;
  readonly server: S3Server;
  mode: Mode;
}

/** Files in a directory, in a bucket, or in both, as the mode has it. */
export async function hybridSite(mode: Mode): Promise<HybridSite> {
  const directory = await mkdtemp(join(tmpdir(), 'reference-web-'));
  const webRoot = await buildWeb(join(directory, 'web'));
  const server = await startS3Server({ buckets: [BUCKET] });
  const { endpoint, region, credentials } = server;
  const connection = { endpoint, region, credentials, server: 'aws' } as const;
  const local = await filesIn(directory);
  const s3 = new S3StorageProvider({ bucket: BUCKET, ...connection, maxAttempts: 1 });
  const site = { mode };
  const storage = new HybridStorageProvider({
    source: local,
    target: s3,
    mode: () => site.mode,
    handedOver: true,
  });
  const app = await startApp({
    storage,
    sides: { source: local, target: s3 },
    mode: () => site.mode,
    webRoot,
    uploads: UPLOADS,
    bucketOrigins: [endpoint],
  });
  await allowPagesOf(app.origin, connection);
  return Object.assign(site, {
    app,
    local,
    s3,
    server,
    directory,
    close: async () => {
      await app.close();
      await storage.close();
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  });
}

async function filesIn(directory: string): Promise<HeldProvider> {
  const root = join(directory, 'files');
  await mkdir(root);
  return new HeldProvider({ root });
}

/** The bucket's CORS rules: without them, no page may send a file to it. */
async function allowPagesOf(
  origin: string,
  connection: Parameters<typeof createBucketClient>[0],
): Promise<void> {
  const client = createBucketClient(connection);
  try {
    await applyBucket(
      client,
      await planBucket(client, BUCKET, { cors: { origins: [origin] }, tlsOnly: false }),
    );
  } finally {
    client.destroy();
  }
}
