import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Download, MemoryStorageProvider, type StorageProvider } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { onTestFinished } from 'vitest';
import { type HybridStorageOptions, HybridStorageProvider, originOf } from '../src/index.js';

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'storage-hybrid-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export async function contentOf(provider: StorageProvider, key: string): Promise<string> {
  const { body } = await provider.download(key);
  return Buffer.concat(await body.toArray()).toString();
}

/** Copies a file as the migration does. */
export async function copyUp(
  source: StorageProvider,
  target: StorageProvider,
  key: string,
): Promise<void> {
  const { metadata, body } = await source.download(key);
  await target.upload(key, body, {
    metadata: originOf(metadata),
    contentType: metadata.contentType,
    condition: { type: 'absent' },
  });
}

/** Two stores in memory, and one made of them. */
export function inMemory(options: Partial<HybridStorageOptions> = {}) {
  const source = new MemoryStorageProvider({ name: 'source' });
  const target = new MemoryStorageProvider({ name: 'target' });
  const storage = new HybridStorageProvider({
    ...{ source, target, mode: 'hybrid', handedOver: true },
    ...options,
  });
  return { source, target, storage };
}

/** The requests that a store is sent, by the names of its operations. */
export function counted(provider: StorageProvider) {
  const calls: string[] = [];
  const counting = new Proxy(provider, {
    get(store, name) {
      const value: unknown = Reflect.get(store, name, store);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        calls.push(String(name));
        return Reflect.apply(value, store, args) as unknown;
      };
    },
  });
  return { provider: counting, calls };
}

/** A store whose downloads are done otherwise. */
export function downloading(
  provider: StorageProvider,
  otherwise: (download: () => Promise<Download>) => Promise<Download>,
): StorageProvider {
  return new Proxy(provider, {
    get(store, name) {
      const value: unknown = Reflect.get(store, name, store);
      if (name !== 'download') return typeof value === 'function' ? value.bind(store) : value;
      return (...[key, options]: Parameters<StorageProvider['download']>) =>
        otherwise(() => store.download(key, options));
    },
  });
}

/** A directory and a bucket of an S3 server in this process. */
export async function directoryAndBucket() {
  const root = await temporaryDirectory();
  const server = await startS3Server({ buckets: ['files'] });
  onTestFinished(() => server.close());
  const { endpoint, region, credentials } = server;
  const source = new LocalStorageProvider({ root });
  const target = new S3StorageProvider({ bucket: 'files', endpoint, region, credentials });
  onTestFinished(() => source.close());
  onTestFinished(() => target.close());
  return { root, server, source, target };
}
