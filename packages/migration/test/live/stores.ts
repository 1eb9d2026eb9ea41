import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider, type ServerName } from '@org/storage-s3';

/** Where the files are, and where they go, as any process can be told. */
export interface Places {
  readonly root: string;
  readonly bucket: BucketPlace;
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

/** The machine does not crash here, only processes do. */
export function openSource({ root }: Places): LocalStorageProvider {
  return new LocalStorageProvider({ root, durability: 'relaxed' });
}

/**
 * The application's bucket. A request that is sent again after its answer was lost may take effect twice, and one with a condition
 * then meets its own effect: who needs to know what has happened sends it once. In one part, since nobody cleans up after an
 * application that is killed in the middle of several.
 */
export function openTarget({ bucket }: Places): S3StorageProvider {
  return new S3StorageProvider({
    ...{ ...bucket, maxAttempts: 1, requestTimeout: 5_000, partSize: 8 * MIB },
  });
}

/** The migration's bucket: the larger files go in parts, and requests are sent again, as by default. */
export function openMigrationTarget({ bucket }: Places): S3StorageProvider {
  return new S3StorageProvider({ ...bucket, requestTimeout: 5_000, partSize: 5 * MIB });
}
