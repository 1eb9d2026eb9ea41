import { Readable } from 'node:stream';
import { Upload } from '@aws-sdk/lib-storage';
import { abortError, type ExpectedContent, type UploadOptions } from '@org/storage-core';
import type { Bucket } from './bucket.js';
import { checkedContent, upTo } from './content.js';
import { abortUpload } from './multipart-requests.js';
import { fittedConcurrency } from './part-size.js';
import { type PartsCallbacks, PartsUpload, type StoredInParts } from './parts-upload.js';
import type { Target } from './put.js';
import { resumedPartSize, resumedUpload } from './resumed-parts.js';
import { checksumType } from './sent-checksum.js';

/**
 * Stores a content in parts. Nothing is seen of it before the last request, which carries the precondition and the
 * checksum of the whole; that is sent only if the content is the expected one. After a failure the parts are removed,
 * unless they are to be kept and of use.
 */
export async function uploadInParts(
  bucket: Bucket,
  target: Target,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
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
  const parts = new PartsUpload(bucket, target, callbacks, resumed);
  const checked = checkedContent(upTo(chunks, partSize), expected, what, {
    // An upload that is continued may have been begun with the SHA-256 of another content.
    also: [
      ...(resumed === undefined ? [] : ['sha256' as const]),
      ...(checksumType(bucket) === 'FULL_OBJECT' ? [bucket.checksum] : []),
    ],
    done: (seen) => parts.endsWith(seen),
  });
  const body = Readable.from(checked, { objectMode: false });
  body.on('error', (error) => parts.fail(error));
  const abort = () => signal && parts.fail(abortError(signal));
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  try {
    const upload = new Upload({
      client: parts.client(),
      params: { ...name, Body: body },
      partSize,
      queueSize: fittedConcurrency(partSize, bucket.partSize, bucket.concurrency),
      leavePartsOnError: true, // removing them is ours: by a request that the caller's signal does not end
    });
    await upload.done();
    return parts.stored();
  } catch (error) {
    parts.fail(error);
    if (!keepParts || !parts.isWorthKeeping) await parts.remove();
    throw parts.failure();
  } finally {
    signal?.removeEventListener('abort', abort);
    body.destroy();
  }
}
