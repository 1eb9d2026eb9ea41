import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorageProvider } from '@org/storage-core';
import { HybridStorageProvider, type Mode, spooled } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { buildWeb } from '../../../src/build-web.js';
import type { AppOptions } from '../../../src/server/options.js';
import { startApp } from '../../app.js';
import { localSite, type Site, UPLOADS } from '../site.js';
import { type S3Choice, type S3Place, s3Place } from './s3-place.js';

export type StoreName = 'a directory' | 'both' | 'S3';

/** The application with one kind of storage. */
export interface StoreSite extends Omit<Site, 'local'> {
  /** Where it is that people's files are put now, by itself. */
  readonly stored: StorageProvider;
  /** How pages call that. */
  readonly badge: 'Local' | 'S3';
  /** Begins to move, where there is somewhere to move to. */
  begin(): Promise<void>;
}

export interface S3Site extends StoreSite {
  readonly place: S3Place;
}

export interface HybridSite extends S3Site {
  readonly local: LocalStorageProvider;
  mode: Mode;
}

export function openSite(store: StoreName, choice: S3Choice): Promise<StoreSite> {
  if (store === 'both') return hybridSite({ choice });
  return store === 'S3' ? s3Site(choice) : directorySite();
}

async function directorySite(): Promise<StoreSite> {
  const site = await localSite();
  return { ...site, stored: site.local, badge: 'Local', begin: async () => {} };
}

/** Files in a bucket, after the migration. */
export async function s3Site(choice: S3Choice): Promise<S3Site> {
  const place = await s3Place(choice);
  const storage = place.provider();
  const site = await started({ storage, provider: 's3', bucket: place.bucket });
  return {
    ...site,
    ...{ place, stored: storage, badge: 'S3', begin: async () => {} },
    async close() {
      await site.close();
      await storage.close();
      await place.close();
    },
  };
}

/** Files in a directory, in a bucket, or in both, as the mode has it; at first, in the directory. */
export async function hybridSite({
  choice,
  spool = false,
}: {
  readonly choice: S3Choice;
  /** Whether writes wait on a disk while S3 is away; else they fail. */
  readonly spool?: boolean;
}): Promise<HybridSite> {
  const place = await s3Place(choice);
  const home = await mkdtemp(join(tmpdir(), 'reference-stores-'));
  const local = await directoryIn(home, 'files');
  const stored = place.provider();
  const target = spool
    ? spooled(place.provider(), { store: await directoryIn(home, 'spool'), maxBytes: 10_000_000 })
    : place.provider();
  const state: { mode: Mode } = { mode: 'source' };
  const storage = new HybridStorageProvider({
    source: local,
    target,
    mode: () => state.mode,
    handedOver: true,
    failover: { reads: 'source' },
  });
  const site = await started({
    storage,
    sides: { source: local, target },
    mode: () => state.mode,
    bucket: place.bucket,
    bucketOrigins: [place.endpoint],
  });
  await place.allowPagesOf(site.app.origin);
  return Object.assign(state, {
    ...site,
    ...{ place, local, stored, badge: 'S3' as const },
    async begin() {
      for (const mode of ['prepare', 'hybrid'] as const) {
        state.mode = mode;
        await storage.exists('nothing');
      }
    },
    async close() {
      await site.close();
      await storage.close();
      await stored.close();
      await place.close();
      await rm(home, { recursive: true, force: true });
    },
  });
}

async function started(
  options: Partial<AppOptions>,
): Promise<Pick<Site, 'app' | 'directory' | 'close'>> {
  const directory = await mkdtemp(join(tmpdir(), 'reference-web-'));
  const webRoot = await buildWeb(join(directory, 'web'));
  const app = await startApp({ ...options, webRoot, uploads: UPLOADS });
  return {
    app,
    directory,
    async close() {
      await app.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function directoryIn(home: string, name: string): Promise<LocalStorageProvider> {
  const root = join(home, name);
  await mkdir(root);
  return new LocalStorageProvider({ root });
}
