import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { type ETag, isStorageError } from '@org/storage-core';
import { matchHeader } from '../condition.js';
import { type Patience, type Place, sent } from './place.js';

/**
 * Removes an object of a trial. At first only as that version, which is all that some policies allow; then in any, for
 * servers that do not know the condition: nobody else uses its random key.
 * @param object.key with the prefix.
 * @throws StorageError
 */
export async function removeObject(
  place: Place,
  { key, etag }: { readonly key: string; readonly etag: ETag | undefined },
  patience: Patience,
): Promise<void> {
  const remove = (condition: { readonly IfMatch?: string }) =>
    sent(place, 'delete', patience, (options) =>
      place.client.send(
        new DeleteObjectCommand({ Bucket: place.bucket, Key: key, ...condition }),
        options,
      ),
    );
  if (etag !== undefined) {
    try {
      await remove({ IfMatch: matchHeader(place.profile, etag) });
      return;
    } catch (error) {
      if (isStorageError(error, 'Timeout') || isStorageError(error, 'Aborted')) throw error;
    }
  }
  await remove({});
}
