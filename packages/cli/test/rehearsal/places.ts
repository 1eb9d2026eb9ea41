import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import type { BucketPlace } from '../../../migration/test/live/stores.js';

/** Where the files are, where they go, and where the processes of the application know each other from. */
export interface Places {
  readonly root: string;
  readonly bucket: BucketPlace;
  /** `there`: from the directory to the bucket. `back`: from the bucket to the directory. */
  readonly direction: 'there' | 'back';
  /** Address of the database, and the registry's table in it. */
  readonly database: string;
  readonly table: string;
}

const MIB = 1024 * 1024;

/** The machine does not crash here, only processes do. */
export function openDirectory(root: string): LocalStorageProvider {
  return new LocalStorageProvider({ root, durability: 'relaxed' });
}

/** Each request is sent once: one whose answer was lost and that is sent again may take effect twice. */
export function openBucket(bucket: BucketPlace): S3StorageProvider {
  return new S3StorageProvider({
    ...{ ...bucket, maxAttempts: 1, requestTimeout: 60_000, partSize: 8 * MIB },
  });
}
