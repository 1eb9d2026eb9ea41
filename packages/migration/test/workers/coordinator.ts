import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { migrate, openSqliteJournal } from '../../src/index.js';
import { endpoints } from './endpoints.js';
import type { StoresData } from './stores.js';

/** What a coordinator does that is a process of its own. */
export interface CoordinatorSettings {
  readonly journal: string;
  readonly count: number;
  readonly stores: string;
  readonly data: StoresData;
}

process.once('message', async ({ journal: file, count, stores, data }: CoordinatorSettings) => {
  const journal = await openSqliteJournal({ file, endpoints });
  await migrate({
    source: new LocalStorageProvider({ root: data.root }),
    target: new S3StorageProvider(data.bucket),
    journal,
    workers: { count, stores, data },
  });
});
