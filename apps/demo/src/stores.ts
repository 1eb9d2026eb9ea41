import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import { BUCKET, type ServerAddress } from './address.js';

/** Where the files are, where they go, and where the processes of the application know each other from. */
export interface Places {
  readonly root: string;
  readonly registry: string;
  readonly server: ServerAddress;
}

export function openSource({ root }: Places): LocalStorageProvider {
  return new LocalStorageProvider({ root });
}

export function openTarget({ server }: Places): S3StorageProvider {
  const { endpoint, region, ...credentials } = server;
  return new S3StorageProvider({ bucket: BUCKET, server: 'aws', endpoint, region, credentials });
}
