import {
  checkCompleteOptions,
  checkOperationOptions,
  checkSweepOptions,
  type MultipartUploads,
  parseKey,
  StorageError,
} from '@org/storage-core';
import { type Bucket, objectName } from './bucket.js';
import { completeUpload } from './complete-upload.js';
import { isUnknownUpload, pagesOfParts } from './listed-parts.js';
import { abortUpload } from './multipart-requests.js';
import type { Operations } from './operations.js';
import { sweepUploads } from './sweep.js';
import { listUnfinished } from './unfinished.js';

/** The unfinished uploads of a bucket, of this process or of any other. */
export function multipartUploads(bucket: () => Bucket, operations: Operations): MultipartUploads {
  /** Of any name: what was begun in the bucket and is no key of ours can be swept all the same. */
  const remove = async (key: string, uploadId: string, signal: AbortSignal | undefined) => {
    try {
      await abortUpload(bucket(), nameOf(bucket(), key), uploadId, signal);
    } catch (error) {
      if (!isUnknownUpload(error)) throw error;
    }
  };

  return {
    abort: (key, uploadId, options = {}) =>
      operations.run('abortUpload', key, options, async () => {
        parseKey(key);
        checkOperationOptions(options);
        checkUploadId(uploadId);
        await remove(key, uploadId, options.signal);
      }),

    list: (options = {}) =>
      operations.list('listUploads', undefined, options, () => {
        const { prefix: _, ...rest } = options;
        checkOperationOptions(rest);
        return listUnfinished(bucket(), options);
      }),

    listParts: (key, uploadId, options = {}) =>
      operations.list('listParts', key, options, async function* () {
        const name = objectName(bucket(), parseKey(key));
        checkOperationOptions(options);
        checkUploadId(uploadId);
        try {
          for await (const { parts } of pagesOfParts(bucket(), name, uploadId, options.signal)) {
            for (const { number, etag, size } of parts) yield { number, etag, size };
          }
        } catch (error) {
          throw isUnknownUpload(error) ? unknownUpload(key, uploadId) : error;
        }
      }),

    complete: (key, uploadId, parts, options = {}) =>
      operations.run('completeUpload', key, options, async () => {
        const parsed = parseKey(key);
        checkCompleteOptions(options);
        checkUploadId(uploadId);
        try {
          return await completeUpload(bucket(), parsed, uploadId, parts, options);
        } catch (error) {
          throw isUnknownUpload(error) ? unknownUpload(key, uploadId) : error;
        }
      }),

    sweep: (options) =>
      operations.run('sweepUploads', undefined, options, async () => {
        checkSweepOptions(options);
        const { signal } = options;
        return sweepUploads(bucket(), options, ({ key, uploadId }) =>
          operations.run('abortUpload', key, { signal }, () => remove(key, uploadId, signal)),
        );
      }),
  };
}

function nameOf(bucket: Bucket, key: string) {
  return { Bucket: bucket.name, Key: bucket.prefix + key };
}

function checkUploadId(uploadId: unknown): void {
  if (typeof uploadId !== 'string' || uploadId === '')
    throw new StorageError('InvalidArgument', 'uploadId is text, and not empty');
}

function unknownUpload(key: string, uploadId: string): StorageError {
  return new StorageError(
    'NotFound',
    `there is no unfinished upload ${uploadId} of ${key}; it was completed or aborted, or never begun`,
  );
}
