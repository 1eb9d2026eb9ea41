import {
  type Condition,
  type FileMetadata,
  type StorageProvider,
  TOMBSTONE_TAG,
  type UploadOptions,
} from '@org/storage-core';

/** Of a tombstone, and of nothing else. */
export const TOMBSTONE_TYPE = 'application/vnd.org.storage.tombstone';

const TAGS = { [TOMBSTONE_TAG.key]: TOMBSTONE_TAG.value };

const BODY = Buffer.from(
  'This file was deleted. The mark stays until the migration of this store has ended.\n',
);

/** Bytes. A listing tells sizes and no types: what has another size is no tombstone. */
export const TOMBSTONE_SIZE = BODY.byteLength;

/**
 * Marks in the target that a file does not exist. An ordinary file, so that a delete and a late copy from the source meet in
 * one compare-and-set register; a plain delete would leave the key as if nothing had been there.
 */
export async function putTombstone(
  target: StorageProvider,
  key: string,
  condition: Condition | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const options: UploadOptions = {
    contentType: TOMBSTONE_TYPE,
    cacheControl: 'no-store',
    ...(target.capabilities.tags === 'absent' ? {} : { tags: TAGS }),
    ...(condition === undefined ? {} : { condition }),
    signal,
  };
  await target.upload(key, BODY, options);
}

export function isTombstone({ contentType }: Pick<FileMetadata, 'contentType'>): boolean {
  return contentType === TOMBSTONE_TYPE;
}
