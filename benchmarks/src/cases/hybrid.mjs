import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { content, drain, KIB, many, repeat } from './work.mjs';

const SMALL = { size: 16 * KIB, count: many(1_000), atOnce: 8 };
const LISTED = { size: KIB, count: many(10), atOnce: 1 };
const LISTED_FILES = many(1_000);
const DELETED_FILES = many(100);

const s3 = ({ target }) => target;
const local = ({ source }) => source;
const hybrid = (sides) => new HybridStorageProvider({ ...sides, mode: 'hybrid', handedOver: true });

/** Whether the file of this number lies in the bucket; else it lies in the directory. */
const migrated = () => true;
const stillLocal = () => false;
const halfMigrated = (n) => n % 2 === 0;

const key = (prefix, n) => `${prefix}${n}.bin`;

/**
 * @param contestants By name: which provider, and where its files lie.
 * @param work `(storage, store)` => what a contestant gives back; `store(count)` makes that many files, and gives back the new
 * prefix that their keys begin with.
 */
function contest(contestants, { size }, work) {
  return Object.fromEntries(
    Object.entries(contestants).map(([name, [open, isMigrated]]) => [
      name,
      async ({ connection, directory }) => {
        const root = join(directory, name.replaceAll(/\W/g, '-'));
        await mkdir(root);
        const source = new LocalStorageProvider({ root });
        const target = new S3StorageProvider({ ...connection, server: 'aws' });
        const storage = open({ source, target });
        const store = async (count) => {
          const prefix = `${randomUUID()}/`;
          await mkdir(join(root, prefix));
          await repeat(count, 8, (n) =>
            isMigrated(n)
              ? target.upload(key(prefix, n), content(size))
              : writeFile(join(root, key(prefix, n)), content(size)),
          );
          return prefix;
        };
        return { ...(await work(storage, store)), close: () => storage.close() };
      },
    ]),
  );
}

const reads =
  ({ size, count, atOnce }) =>
  async (storage, store) => {
    const prefix = await store(1);
    const read = async () => drain((await storage.download(key(prefix, 0))).body, size);
    return { work: () => repeat(count, atOnce, read) };
  };

/** Each round has files of its own: the last round's are not where they were, and tombstones hide what lies below them. */
const changes =
  ({ count, atOnce }, change) =>
  (storage, store) => {
    let prefix;
    return {
      async prepare() {
        prefix = await store(count);
      },
      work: () => repeat(count, atOnce, (n) => change(storage, key(prefix, n))),
    };
  };

const writes = (load) => changes(load, (storage, name) => storage.upload(name, content(load.size)));

const deletes = (load) => changes(load, (storage, name) => storage.delete(name));

const listings =
  ({ count, atOnce }, deleted = 0) =>
  async (storage, store) => {
    const prefix = await store(LISTED_FILES + deleted);
    await repeat(deleted, 8, (n) => storage.delete(key(prefix, LISTED_FILES + n)));
    const list = async () => {
      let seen = 0;
      for await (const _ of storage.list({ prefix })) seen++;
      if (seen !== LISTED_FILES) throw new Error(`${seen} files were listed`);
    };
    return { work: () => repeat(count, atOnce, list) };
  };

const listers = {
  '@org/storage-s3': [s3, migrated],
  '@org/storage-hybrid': [hybrid, halfMigrated],
  '@org/storage-local': [local, stillLocal],
};

const changers = {
  '@org/storage-s3': [s3, migrated],
  '@org/storage-hybrid': [hybrid, migrated],
  '@org/storage-hybrid, still local': [hybrid, stillLocal],
};

const described = ({ size, count, atOnce }) => ({
  operations: count,
  bytes: size,
  atOnce,
  baseline: '@org/storage-s3',
  countsRequests: true,
});

export const hybridCases = {
  'hybrid: read 16 KiB, migrated': {
    ...described(SMALL),
    about: 'A file in the bucket, eight at once, read to the end.',
    contestants: contest(
      { '@org/storage-s3': [s3, migrated], '@org/storage-hybrid': [hybrid, migrated] },
      SMALL,
      reads(SMALL),
    ),
  },
  'hybrid: read 16 KiB, still local': {
    ...described(SMALL),
    about:
      'A file in the directory, eight at once, read to the end: @org/storage-hybrid asks the bucket first, which answers 404. @org/storage-s3 reads the file from the bucket, @org/storage-local reads it without asking the bucket.',
    contestants: contest(
      {
        '@org/storage-s3': [s3, migrated],
        '@org/storage-hybrid': [hybrid, stillLocal],
        '@org/storage-local': [local, stillLocal],
      },
      SMALL,
      reads(SMALL),
    ),
  },
  'hybrid: write 16 KiB': {
    ...described(SMALL),
    about:
      'Bytes in memory in place of a file, eight at once. @org/storage-hybrid writes to the bucket and drops the file in the directory, which is there only where the file is still local.',
    contestants: contest(changers, SMALL, writes(SMALL)),
  },
  'hybrid: delete': {
    ...described({ ...SMALL, size: 0 }),
    about:
      'Files of 16 KiB, eight at once. @org/storage-hybrid puts a tombstone into the bucket and drops the file in the directory, which is there only where the file is still local.',
    contestants: contest(changers, SMALL, deletes(SMALL)),
  },
  'hybrid: list 1,000 files': {
    ...described({ ...LISTED, size: 0 }),
    about:
      'All files of one prefix. For @org/storage-hybrid every other one is in the bucket, the others in the directory.',
    contestants: contest(listers, LISTED, listings(LISTED)),
  },
  'hybrid: list 1,000 files after 100 deletes': {
    ...described({ ...LISTED, size: 0 }),
    about:
      'The same after 100 more files were deleted. For @org/storage-hybrid each has left a tombstone in the bucket; a listing does not tell what is one, so that it looks at what has its size, sixteen at once.',
    contestants: contest(listers, LISTED, listings(LISTED, DELETED_FILES)),
  },
};
