import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStorageProvider, readAll, type StorageProvider } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { withFaults } from '@org/storage-testkit/faults';
import { type SpooledStorageProvider, type SpoolOptions, spooled } from '../../src/index.js';
import { type PausingProvider, withPauses } from './pauses.js';

/** A target that can be away, and a spool in a temporary directory, as several processes see them. */
export async function openStores() {
  const root = await mkdtemp(join(tmpdir(), 'spool-'));
  const target = withFaults(new MemoryStorageProvider({ name: 'target' }));
  const opened: SpooledStorageProvider[] = [];
  const pausing: PausingProvider[] = [];
  const process = (options: Partial<SpoolOptions> = {}) => {
    const store = withPauses(new LocalStorageProvider({ root }));
    const own = withPauses(target);
    const provider = spooled(own, {
      store,
      maxBytes: Number.POSITIVE_INFINITY,
      drain: false,
      ...options,
    });
    opened.push(provider);
    pausing.push(store, own);
    return { provider, store, target: own };
  };
  return {
    root,
    target,
    process,
    /** Every request fails until the outage is removed. */
    outage: () =>
      target.faults.add({
        type: 'error',
        code: 'Unavailable',
        operation: ['upload', 'download', 'stat', 'delete', 'list', 'copy', 'checkHealth'],
      }),
    async close() {
      target.faults.clear();
      for (const paused of pausing) paused.resumeAll();
      for (const provider of opened) await provider.close();
      await rm(root, { recursive: true });
    },
  };
}

export async function textOf(
  provider: Pick<StorageProvider, 'download'>,
  key: string,
): Promise<string> {
  return (await readAll((await provider.download(key)).body)).toString();
}
