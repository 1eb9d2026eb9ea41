import { abortError, type ExpectedContent, type UploadOptions } from '@org/storage-core';
import type { Bucket } from './bucket.js';
import { ContentParts } from './content-parts.js';
import { abortUpload } from './multipart-requests.js';
import { fittedConcurrency } from './part-size.js';
import { type PartsCallbacks, PartsUpload, type StoredInParts } from './parts-upload.js';
import type { Target } from './put.js';
import { resumedPartSize, resumedUpload } from './resumed-parts.js';
import { checksumType } from './sent-checksum.js';
import type { Source } from './source.js';

/**
 * Stores a content in parts. Nothing is seen of it before the last request, which carries the precondition and the
 * checksum of the whole; that is sent only if the content is the expected one. After a failure the parts are removed,
 * unless they are to be kept and of use.
 */
export async function uploadInParts(
  bucket: Bucket,
  target: Target,
  content: Uint8Array | Source,
  expected: ExpectedContent,
  what: string,
  options: Pick<UploadOptions, 'uploadId' | 'keepParts'>,
  callbacks: PartsCallbacks,
): Promise<StoredInParts> {
  const { signal, name } = target;
  const { uploadId, keepParts = uploadId !== undefined } = options;
  const resumed =
    uploadId === undefined ? undefined : await resumedUpload(bucket, name, uploadId, signal);
  if (uploadId !== undefined && resumed === undefined)
    await abortUpload(bucket, name, uploadId, signal).catch(() => {}); // most often it is gone
  const partSize = resumedPartSize(bucket, resumed, expected.size);
  const parts = new ContentParts(content, partSize, expected, what, [
    // An upload that is continued may have been begun with the SHA-256 of another content.
    ...(resumed === undefined ? [] : ['sha256' as const]),
    ...(checksumType(bucket) === 'FULL_OBJECT' ? [bucket.checksum] : []),
  ]);
  const upload = new PartsUpload(bucket, target, parts, callbacks, resumed);
  const abort = () => signal && upload.fail(abortError(signal));
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    return await upload.run(
      partSize,
      fittedConcurrency(partSize, bucket.partSize, bucket.concurrency),
    );
  } catch (error) {
    upload.fail(error);
    if (!keepParts || !upload.isWorthKeeping) await upload.remove();
    throw upload.failure();
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
