import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type ListEntry,
  MemoryStorageProvider,
  parseETag,
  parseKey,
  type StorageProvider,
} from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { type S3ServerOptions, startS3Server } from '@org/storage-testkit/s3-server';
import { onTestFinished } from 'vitest';
import type { MigrationPlan, PlanOptions } from '../../src/index.js';
import { plan } from '../../src/index.js';
import { altered, keysOf, temporaryDirectory } from '../fixtures.js';

export type Files = Readonly<Record<string, string | Buffer>>;

/** A directory with files. */
export async function directoryWith(files: Files) {
  const root = await temporaryDirectory();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  const source = new LocalStorageProvider({ root });
  onTestFinished(() => source.close());
  return { root, source };
}

export async function bucket(options: S3ServerOptions = {}) {
  const server = await startS3Server({ buckets: ['bucket'], ...options });
  const target = new S3StorageProvider({
    bucket: 'bucket',
    endpoint: server.endpoint,
    region: server.region,
    credentials: server.credentials,
  });
  onTestFinished(async () => {
    await target.close();
    await server.close();
  });
  return { server, target };
}

/** A source that says it has these files. Their contents are empty. */
export async function sourceListing(
  files: readonly { readonly key: string; readonly size: number; readonly modified?: Date }[],
): Promise<StorageProvider> {
  const memory = new MemoryStorageProvider({ name: 'source' });
  async function* list(): AsyncGenerator<ListEntry> {
    for (const { key, size, modified = new Date(0) } of files) {
      yield {
        type: 'file',
        key: parseKey(key),
        size,
        etag: parseETag('"1"'),
        lastModified: modified,
      };
    }
  }
  return altered(memory, { list });
}

export function problemsOf({ problems }: MigrationPlan): Record<string, number> {
  return Object.fromEntries(problems.map(({ kind, count }) => [kind, count]));
}

/** A plan of a source that is not opened or measured for long. */
export function quickPlan(options: PlanOptions): Promise<MigrationPlan> {
  return plan({ sampleSeconds: 0, open: false, ...options });
}

/** Also what applications don't see. */
export async function everythingIn(target: StorageProvider): Promise<string[]> {
  return keysOf(target);
}
