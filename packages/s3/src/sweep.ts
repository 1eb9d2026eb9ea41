import {
  isStorageError,
  type MultipartUpload,
  type SweepOptions,
  type SweepResult,
} from '@org/storage-core';
import type { Bucket } from './bucket.js';
import { listUnfinished } from './unfinished.js';

/** Requests to abort an upload that are under way at once. */
const ABORTS_AT_ONCE = 8;

/** Aborts the uploads under a prefix that were begun before a time. */
export async function sweepUploads(
  bucket: Bucket,
  options: SweepOptions,
  abort: (upload: MultipartUpload) => Promise<void>,
): Promise<SweepResult> {
  const { prefix = '', initiatedBefore, signal } = options;
  const aborted: MultipartUpload[] = [];
  const failed: SweepResult['failed'][number][] = [];
  // Shared by the workers: each takes the next. What is aborted meanwhile does not move the markers of the listing.
  const uploads = listUnfinished(bucket, { prefix, signal });
  let broken: { readonly error: unknown } | undefined;
  const worker = async () => {
    try {
      for await (const upload of shared(uploads)) {
        if (broken !== undefined) return;
        if (upload.initiated >= initiatedBefore) continue;
        try {
          await abort(upload);
          aborted.push(upload);
        } catch (error) {
          if (!isStorageError(error) || signal?.aborted) throw error;
          failed.push({ upload, error });
        }
      }
    } catch (error) {
      broken ??= { error };
    }
  };
  await Promise.all(Array.from({ length: ABORTS_AT_ONCE }, worker));
  if (broken !== undefined) throw broken.error;
  return { aborted, failed };
}

/** For several loops over one generator: a loop that ends early does not end it. */
async function* shared<T>(generator: AsyncGenerator<T>): AsyncGenerator<T> {
  for (let next = await generator.next(); !next.done; next = await generator.next())
    yield next.value;
}
