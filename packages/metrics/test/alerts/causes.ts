import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  HealthCheck,
  MemoryStorageProvider,
  runOperation,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { HybridStorageProvider, spooled } from '@org/storage-hybrid';
import { circuitBreaker, layered } from '@org/storage-layers';
import { LocalStorageProvider } from '@org/storage-local';
import { createBackgroundSync, migrate, openSqliteJournal, verify } from '@org/storage-migration';
import { withFaults } from '@org/storage-testkit/faults';
import { onTestFinished } from 'vitest';
import type { AlertRule } from '../../src/index.js';
import { temporaryDirectory } from '../fixtures.js';

/** What somebody sees who lets time go by. */
interface Passing {
  /** Milliseconds, in steps of a minute at most, with a look after each. */
  readonly pass: (milliseconds: number) => Promise<void>;
  /** From now on, reads of the source are not expected. */
  readonly cutOver: () => void;
}

export interface Cause {
  /** What is done, until the rule holds. */
  readonly happens: (passing: Passing) => Promise<void>;
  /** Disks to be watched. */
  readonly disks?: () => Promise<Readonly<Record<string, string>>>;
  /** Where the condition itself can't be brought about on somebody's machine: what the rule is told to take for it. */
  readonly adapted?: (rule: AlertRule) => AlertRule;
}

function closing<Provider extends StorageProvider>(provider: Provider): Provider {
  onTestFinished(() => provider.close());
  return provider;
}

const memory = (name: string) => closing(new MemoryStorageProvider({ name }));

/** A directory that was there when the provider looked at it, and is gone since. */
async function goneDirectory(): Promise<LocalStorageProvider> {
  const root = join(await temporaryDirectory(), 'root');
  const local = closing(new LocalStorageProvider({ root, createRoot: true }));
  await local.upload('a', 'a');
  await rm(root, { recursive: true });
  return local;
}

/** A directory that can be read, and takes no file. */
async function fullDirectory(): Promise<LocalStorageProvider> {
  const root = await temporaryDirectory();
  const local = closing(new LocalStorageProvider({ root }));
  await local.upload('a', 'a');
  await rm(join(root, '.storage', 'staging'), { recursive: true });
  await writeFile(join(root, '.storage', 'staging'), 'in the way');
  return local;
}

async function journalOf() {
  const file = join(await temporaryDirectory(), 'journal.sqlite');
  const endpoints = { source: 'source', target: 'target' };
  const journal = await openSqliteJournal({ file, endpoints });
  onTestFinished(() => journal.close());
  return journal;
}

/** In front of a store that is away. */
async function spoolOf(maxBytes: number) {
  const target = withFaults(new MemoryStorageProvider({ name: 'target' }));
  target.faults.add({ type: 'error', code: 'Unavailable' });
  const store = new LocalStorageProvider({ root: await temporaryDirectory() });
  const files = closing(spooled(target, { store, maxBytes, name: 'files', drain: false }));
  onTestFinished(() => target.faults.clear()); // before it is closed
  return files;
}

const MINUTE = 60_000;

/** By the name of the alert: how its condition comes about. */
export const CAUSES: Readonly<Record<string, Cause>> = {
  StorageFailureRate: {
    async happens({ pass }) {
      const local = await goneDirectory();
      for (let i = 0; i < 20; i++) await local.stat('a').catch(() => {});
      await pass(3 * MINUTE);
    },
  },
  StorageThrottled: {
    async happens({ pass }) {
      const slow = () =>
        runOperation({ operation: 'upload', provider: 's3', key: 'k' }, async () => {
          throw new StorageError('Throttled', 'slow down');
        }).catch(() => {});
      for (let minute = 0; minute < 12; minute++) {
        for (let i = 0; i < 4; i++) await slow();
        await pass(MINUTE);
      }
    },
  },
  StorageCircuitOpen: {
    async happens({ pass }) {
      const away = withFaults(memory('away'));
      away.faults.add({ type: 'error', code: 'Unavailable' });
      const files = layered(away, circuitBreaker());
      for (let i = 0; i < 6; i++) await files.stat('a').catch(() => {});
      await pass(2 * MINUTE);
    },
  },
  StorageUnhealthy: {
    async happens({ pass }) {
      await (await goneDirectory()).checkHealth();
      await pass(3 * MINUTE);
    },
  },
  StorageNotWritable: {
    async happens({ pass }) {
      const check = new HealthCheck(await fullDirectory());
      await check.check();
      await check.close();
      await pass(3 * MINUTE);
    },
  },
  StorageDiskFilling: {
    happens: ({ pass }) => pass(6 * MINUTE),
    disks: async () => ({ source: await temporaryDirectory() }),
    adapted: (rule) => ({ ...rule, below: 1 }),
  },
  StorageSpoolGrowing: {
    async happens({ pass }) {
      const files = await spoolOf(1024 ** 2);
      for (let minute = 0; minute < 22; minute++) {
        await files.upload(`file-${minute}`, 'x');
        await files.status();
        await pass(MINUTE);
      }
    },
  },
  StorageSpoolFull: {
    async happens({ pass }) {
      const files = await spoolOf(10);
      await files.status();
      await pass(MINUTE);
      await files.upload('large', Buffer.alloc(100)).catch(() => {});
      await pass(MINUTE);
    },
  },
  StorageFallbackReads: {
    async happens({ pass, cutOver }) {
      const [source, target] = [memory('source'), memory('target')];
      await source.upload('a', 'a');
      const files = closing(
        new HybridStorageProvider({
          ...{ source, target, mode: 'hybrid', handedOver: true, name: 'files' },
        }),
      );
      await files.exists('b');
      cutOver();
      await pass(MINUTE);
      await files.stat('a');
      await pass(MINUTE);
    },
  },
  StorageMigrationStalled: {
    async happens({ pass }) {
      const [source, target] = [memory('source'), memory('target')];
      await source.upload('a', 'a');
      const stop = new AbortController();
      const hanging = new Promise<void>((resolve) => {
        const upload = target.upload.bind(target);
        target.upload = (key, body, options) => {
          if (key !== 'a') return upload(key, body, options);
          resolve();
          return new Promise((_, reject) => {
            stop.signal.addEventListener('abort', () =>
              reject(new StorageError('Aborted', 'ended')),
            );
          });
        };
      });
      const running = migrate({ source, target, journal: await journalOf(), signal: stop.signal });
      const ended = running.catch(() => {});
      await Promise.race([hanging, ended]);
      await pass(11 * MINUTE);
      stop.abort();
      await ended;
    },
  },
  StorageMigrationStopped: {
    async happens({ pass }) {
      const source = withFaults(memory('source'));
      source.faults.add({ type: 'error', code: 'Unavailable', operation: 'list' });
      await pass(MINUTE);
      const [target, journal] = [memory('target'), await journalOf()];
      await migrate({ source, target, journal, retry: { attempts: 1 } }).catch(() => {});
      await pass(MINUTE);
    },
  },
  StorageVerificationFailed: {
    async happens({ pass }) {
      const [source, target] = [memory('source'), memory('target')];
      const journal = await journalOf();
      await source.upload('a', 'a');
      await migrate({ source, target, journal });
      await target.delete('a');
      await pass(MINUTE);
      await verify({ source, target, journal });
      await pass(MINUTE);
    },
  },
  StorageSyncFailing: {
    async happens({ pass }) {
      const source = withFaults(memory('source'));
      source.faults.add({ type: 'error', code: 'Unavailable', operation: 'list' });
      const [target, journal] = [memory('target'), await journalOf()];
      let rounds = 0;
      let enough = () => {};
      const failed = new Promise<void>((resolve) => {
        enough = resolve;
      });
      const sync = createBackgroundSync({
        ...{ source, target, journal, retry: { attempts: 1 } },
        async wait(_, signal) {
          if (++rounds < 3) return;
          enough();
          await new Promise<void>((resolve) => {
            if (signal?.aborted) resolve();
            signal?.addEventListener('abort', () => resolve());
          });
        },
      });
      await failed;
      await pass(MINUTE);
      await sync[Symbol.asyncDispose]();
    },
  },
};
