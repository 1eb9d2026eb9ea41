import type { StorageProvider } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider, type ServerName } from '@org/storage-s3';
import type { Archive } from '../../src/retire/archive.js';

/** Where the files are, and where they go, as any process can be told. */
export interface Places {
  readonly root: string;
  readonly bucket: BucketPlace;
  /** `there`: from the directory to the bucket. `back`: from the bucket to the directory. */
  readonly direction: 'there' | 'back';
}

export interface BucketPlace {
  readonly server: ServerName;
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly bucket: string;
  /** Below which the files of one migration lie. */
  readonly prefix: string;
}

const MIB = 1024 * 1024;

export function openSource(places: Places): StorageProvider {
  return places.direction === 'there' ? directory(places) : applicationBucket(places);
}

export function openTarget(places: Places): StorageProvider {
  return places.direction === 'there' ? applicationBucket(places) : directory(places);
}

/** As the migration has them. */
export function openMigrationStores(places: Places): {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  /** Where the source's files are put aside. A bucket has no such place. */
  readonly archive: Archive | undefined;
} {
  const files = directory(places);
  const bucket = migrationBucket(places);
  if (places.direction === 'back') return { source: bucket, target: files, archive: undefined };
  return { source: files, target: bucket, archive: files.trash };
}

/** The machine does not crash here, only processes do. */
function directory({ root }: Places): LocalStorageProvider {
  return new LocalStorageProvider({ root, durability: 'relaxed' });
}

/**
 * The application's bucket. A request that is sent again after its answer was lost may take effect twice, and one with a condition
 * then meets its own effect: who needs to know what has happened sends it once. In one part, since nobody cleans up after an
 * application that is killed in the middle of several.
 */
function applicationBucket({ bucket }: Places): S3StorageProvider {
  return new S3StorageProvider({
    ...{ ...bucket, maxAttempts: 1, requestTimeout: 5_000, partSize: 8 * MIB },
  });
}

/** The migration's bucket: the larger files go in parts, and requests are sent again, as by default. */
function migrationBucket({ bucket }: Places): S3StorageProvider {
  return new S3StorageProvider({ ...bucket, requestTimeout: 5_000, partSize: 5 * MIB });
}
