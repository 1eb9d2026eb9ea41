import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { onTestFinished } from 'vitest';
import {
  type MigrateOptions,
  type MigrationEvent,
  migrate,
  openSqliteJournal,
} from '../../src/index.js';
import { quickly, temporaryDirectory } from '../fixtures.js';
import { endpoints } from './endpoints.js';
import type { StoresData } from './stores.js';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'; // the workers would print it

export const MIB = 1024 * 1024;

/** A directory, a bucket, a journal, and workers between them. */
export async function setting(stores: () => URL, files: Readonly<Record<string, string | Buffer>>) {
  const directory = await temporaryDirectory();
  const root = join(directory, 'files');
  const notes = join(directory, 'notes');
  await mkdir(notes);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  const server = await startS3Server({ buckets: ['bucket'] });
  const { endpoint, region, credentials } = server;
  const bucket = {
    ...{ bucket: 'bucket', endpoint, region, credentials },
    ...{ partSize: 5 * MIB, concurrency: 1, maxAttempts: 1 },
  };
  const source = new LocalStorageProvider({ root });
  const target = new S3StorageProvider(bucket);
  const file = join(directory, 'journal.sqlite');
  const journal = await openSqliteJournal({ file, endpoints });
  onTestFinished(async () => {
    await journal.close();
    await source.close();
    await target.close();
    await server.close();
  });
  const data = { root, bucket, notes };
  const events: MigrationEvent[] = [];
  /** @param fault of the workers' stores. */
  const run = (
    changes: Partial<MigrateOptions> & { readonly count?: number } = {},
    fault?: StoresData['fault'],
  ) => {
    const { count = 2, ...others } = changes;
    return migrate({
      ...{ source, target, journal, retry: quickly },
      onEvent: (event) => events.push(event),
      workers: { count, stores: stores(), data: { ...data, ...(fault ? { fault } : {}) } },
      ...others,
    });
  };
  /** The processes that have opened their stores so far. */
  const pids = async () => (await readdir(notes)).map(Number);
  /** What each of them has opened. */
  const opened = async () => Promise.all((await pids()).map(openedBy));
  const openedBy = async (pid: number) =>
    (await readFile(join(notes, String(pid)), 'utf8')).split('\n').slice(0, -1);
  /** Awaits a process that has opened a file, or this one: it is no longer trying out the bucket. */
  const copying = async (key?: string): Promise<number> => {
    for (;;) {
      for (const pid of await pids()) {
        const keys = await openedBy(pid);
        if (key === undefined ? keys.length > 0 : keys.includes(key)) return pid;
      }
      await sleep(5);
    }
  };
  const sent = (operation: 'PutObject' | 'UploadPart' | 'CreateMultipartUpload', status = 200) =>
    server.requests
      .last()
      .filter(
        (request) =>
          request.operation === operation &&
          request.status === status &&
          !request.key?.startsWith('.storage/'),
      ).length;
  const retries = () =>
    events.flatMap((event) => (event.type === 'retry' ? [event.error.message] : []));
  return {
    ...{ root, server, source, target, journal, file, data, events },
    ...{ run, pids, opened, copying, sent, retries },
  };
}

/** What is awaited again and again until it holds: nothing tells of it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(5);
}

/** The first of some processes: there has to be one, since the id 0 would mean all of a group. */
export function firstOf(pids: readonly number[]): number {
  const [first] = pids;
  if (first === undefined) throw new Error('there is no such process');
  return first;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Parts that differ from each other. */
export function film(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4_096) bytes.writeUInt32BE(at, at);
  return bytes;
}

export function small(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`d${i % 3}/f${i}`, `file ${i}`]),
  );
}
