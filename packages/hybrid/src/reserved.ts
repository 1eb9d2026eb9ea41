import { LIVE_METADATA_PREFIX, StorageError, type UploadOptions } from '@org/storage-core';
import { TOMBSTONE_TYPE } from './tombstone.js';

/**
 * What belongs to the migration is not the application's to write.
 * @throws StorageError `InvalidArgument`.
 */
export function checkReserved({ contentType, metadata = {} }: UploadOptions): void {
  if (contentType?.toLowerCase().startsWith(TOMBSTONE_TYPE))
    throw new StorageError('InvalidArgument', `the content type ${TOMBSTONE_TYPE} is reserved`);
  const reserved = Object.keys(metadata).find((name) => name.startsWith(LIVE_METADATA_PREFIX));
  if (reserved !== undefined)
    throw new StorageError('InvalidArgument', `the metadata name "${reserved}" is reserved`);
}
