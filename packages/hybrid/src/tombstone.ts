import type { Condition, FileMetadata, StorageProvider, UploadOptions } from '@org/storage-core';

/** Of a tombstone, and of nothing else. */
export const TOMBSTONE_TYPE = 'application/vnd.org.storage.tombstone';

/** A lifecycle rule on this tag may expire tombstones that are no longer needed. */
export const TOMBSTONE_TAG = { 'storage-tombstone': 'true' } as const;

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
    ...(target.capabilities.tags === 'absent' ? {} : { tags: TOMBSTONE_TAG }),
    ...(condition === undefined ? {} : { condition }),
    signal,
  };
  await target.upload(key, BODY, options);
}

export function isTombstone({ contentType }: Pick<FileMetadata, 'contentType'>): boolean {
  return contentType === TOMBSTONE_TYPE;
}
