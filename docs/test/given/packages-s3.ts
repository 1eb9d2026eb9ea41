import { S3StorageProvider } from '@org/storage-s3';

export { parseETag } from '@org/storage-core';
export { S3StorageProvider } from '@org/storage-s3';

export const storage = new S3StorageProvider({ bucket: 'pictures', region: 'eu-central-1' });
export const file = new Blob(['a picture of a ship']);
export const film = new Blob([new Uint8Array(9 * 1024 ** 2)]);
