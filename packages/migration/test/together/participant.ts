import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ListEntry } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { type S3StorageOptions, S3StorageProvider } from '@org/storage-s3';
import pg from 'pg';
import { migrateTogether, openPostgresJournal } from '../../src/index.js';

/** What a participant that is a process of its own is told, as its only argument. */
export interface ParticipantSettings {
  readonly url: string;
  readonly source: string;
  /** A directory, or a bucket, to which parts of 5 MiB are sent one after the other. */
  readonly target: string | S3StorageOptions;
  readonly expiry: number;
  readonly claimFiles: number;
  /** The key after whose upload it waits for a line, before it goes on; and files to be listed before it does so. */
  readonly holdUpload?: string;
  readonly holdListing?: number;
}

const tell = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`);
const settings = JSON.parse(process.argv[2] ?? '') as ParticipantSettings; // a test has written it
const lines = createInterface({ input: process.stdin });

async function held(): Promise<void> {
  tell({ type: 'held' });
  await once(lines, 'line');
}

class HeldSource extends LocalStorageProvider {
  override async *list(
    options?: Parameters<LocalStorageProvider['list']>[0],
  ): AsyncGenerator<ListEntry> {
    let listed = 0;
    for await (const entry of super.list(options)) {
      if (++listed === settings.holdListing) await held();
      yield entry;
    }
  }
}

class HeldTarget extends LocalStorageProvider {
  override async upload(...given: Parameters<LocalStorageProvider['upload']>) {
    const stored = await super.upload(...given);
    if (given[0] === settings.holdUpload) await held();
    return stored;
  }
}

const client = new pg.Pool({ connectionString: settings.url });
client.on('error', () => {});
const endpoints = { source: 'a', target: 'b' };
try {
  const journal = await openPostgresJournal({ client, endpoints, access: 'share' });
  const report = await migrateTogether({
    ...{ source: new HeldSource({ root: settings.source }), journal },
    target:
      typeof settings.target === 'string'
        ? new HeldTarget({ root: settings.target })
        : new S3StorageProvider(settings.target),
    ...{ expiry: settings.expiry, claimFiles: settings.claimFiles },
    concurrency: 1, // while it is held, nothing else is under way
    onEvent: tell,
  });
  tell({ type: 'ended', run: report.runId, outcome: report.outcome });
  await journal.close();
} catch (error) {
  tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
}
lines.close();
await client.end();
