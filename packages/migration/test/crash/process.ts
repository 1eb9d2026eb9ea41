import { S3Client } from '@aws-sdk/client-s3';
import type { StorageProvider } from '@org/storage-core';
import { LocalStorageProvider, type LocalTrash } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { type Journal, type ReferenceStore, sqliteReferences } from '../../src/index.js';
import { lockJournal } from '../../src/journal/journal-lock.js';
import { openSqlJournal } from '../../src/journal/sql-journal.js';
import { SqliteDatabase } from '../../src/journal/sqlite-database.js';
import type { Life } from './life.js';

/** Where everything is, as any process can be told. */
export interface Places {
  readonly root: string;
  /** A directory, for the journal and what else is no file of the application's. */
  readonly work: string;
  readonly bucket: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly bucket: string;
    readonly prefix: string;
  };
}

export const endpointsOf = ({ root, bucket }: Places) => ({ source: root, target: bucket.prefix });
export const journalOf = ({ work }: Places) => `${work}/journal.sqlite`;
export const manifestOf = ({ work }: Places) => `${work}/manifest.jsonl`;
export const tableOf = ({ work }: Places) => `${work}/application.sqlite`;

const TABLE = { table: 'files', columns: { key: 'path', etag: 'etag', size: 'size' } };

/** What a command works on, as its process sees it. */
export interface Process {
  readonly places: Places;
  readonly source: LocalStorageProvider;
  readonly trash: LocalTrash;
  readonly target: StorageProvider;
  readonly journal: Journal;
  readonly references: ReferenceStore;
}

/** What the system does when a process has ended, however it did: connections are cut, locks are free. */
export type CleanUp = () => void | Promise<void>;

/** Opens a journal for a process. */
export type OpenJournal = (
  places: Places,
  life: Life,
  onEnd: (end: CleanUp) => void,
) => Promise<Journal>;

/** A step is whatever the database commits. */
export const openSqlite: OpenJournal = async (places, life, onEnd) => {
  const lock = lockJournal(journalOf(places));
  let locked = true;
  const release = () => {
    if (locked) lock.release();
    locked = false;
  };
  onEnd(release);
  const database = new SqliteDatabase(journalOf(places), { release });
  // A flush of the disk is for when the machine crashes. Here, only processes do.
  await database.read('PRAGMA synchronous = OFF');
  return openSqlJournal(life.sees(database, 'journal', ['write', 'insert']), endpointsOf(places));
};

/** A process that comes to life: it opens what it works on. */
export async function begin(
  places: Places,
  life: Life,
  openJournal: OpenJournal,
  onEnd: (end: CleanUp) => void,
): Promise<Process> {
  const client = clientOf(places, life);
  onEnd(() => client.destroy());
  const { bucket, prefix } = places.bucket;
  // Its probes are changes, too, which leave what the next probe takes away after an hour.
  const target = Object.defineProperty(
    new S3StorageProvider({
      ...{ bucket, prefix, client, server: 'aws', name: 'target' },
      ...{ partSize: 5 * 1024 ** 2, concurrency: 1 },
    }),
    'probe',
    { value: undefined },
  );
  const source = openSource(places);
  const references = sqliteReferences(tableOf(places), TABLE);
  return {
    places,
    source: life.sees(source, 'source', ['upload', 'delete', 'reclaim']),
    trash: life.sees(source.trash, 'trash', ['put', 'restore']),
    target,
    journal: await openJournal(places, life, onEnd),
    references: life.sees(references, 'table', ['moved']),
  };
}

export async function end({ source, target, journal, references }: Process): Promise<void> {
  await journal.close();
  await references.close();
  await target.close();
  await source.close();
}

/** The machine does not crash here, only processes do. */
export function openSource({ root }: Places): LocalStorageProvider {
  return new LocalStorageProvider({ root, name: 'source', durability: 'relaxed' });
}

/** The bucket, past all steps. */
export function openBucket({ bucket }: Places): S3StorageProvider {
  return new S3StorageProvider({ ...bucket, server: 'aws', name: 'target' });
}

/** A step is every request that is not only a question. */
function clientOf({ bucket: { endpoint, region, credentials } }: Places, life: Life): S3Client {
  const client = new S3Client({
    ...{ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const { requestHandler } = client.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = (request, options) => {
    if (request.method === 'GET' || request.method === 'HEAD') return handle(request, options);
    const name = String(request.query?.['x-id'] ?? request.method);
    return life.step(`${name} ${request.path}`, () => handle(request, options));
  };
  return client;
}
