import {
  type ETag,
  isStorageError,
  type MultipartUpload,
  type MultipartUploads,
  type OperationOptions,
  type SweepOptions,
  type SweepResult,
} from '@org/storage-core';
import type { Connection } from './connection.js';
import { failure } from './failure.js';
import { abortUpload, partsOf } from './simulated-upload.js';

/** The unfinished uploads of a store. What tickets need is not there. */
export function multipartUploads(connection: Connection): MultipartUploads {
  const { store } = connection;

  const list = async (
    operation: string,
    options: OperationOptions & { readonly prefix?: string | undefined },
  ): Promise<MultipartUpload[]> => {
    const { prefix = '' } = options;
    return connection.request({
      place: connection.place(operation, undefined, options),
      type: 'read',
      label: () => `${store.name} list unfinished uploads`,
      effect: () => store.unfinishedUploads.filter(({ key }) => key.startsWith(prefix)),
    });
  };

  const abort = async (key: string, uploadId: string, options: OperationOptions) => {
    const { place } = connection.placeOf('abortUpload', key, options);
    await abortUpload(connection, place, uploadId);
  };

  const unsupported = (operation: string, key: string) =>
    failure('Unsupported', 'a simulated store has no tickets', {
      ...{ provider: store.name, operation, key },
    });

  return {
    async *list(options = {}) {
      yield* await list('listUploads', options);
    },
    abort: (key, uploadId, options = {}) => abort(key, uploadId, options),
    async *listParts(key, uploadId, options = {}) {
      const { place } = connection.placeOf('listParts', key, options);
      const parts = await partsOf(connection, place, uploadId);
      if (parts === undefined) throw failure('NotFound', 'there is no such upload', place);
      for (const [number, bytes] of parts)
        yield { number, etag: `${uploadId}-${number}` as ETag, size: bytes.byteLength }; // as made up as any store's
    },
    async complete(key) {
      throw unsupported('completeUpload', key);
    },
    async sweep(options: SweepOptions): Promise<SweepResult> {
      const aborted: MultipartUpload[] = [];
      const failed: SweepResult['failed'][number][] = [];
      for (const upload of await list('sweepUploads', options)) {
        if (upload.initiated >= options.initiatedBefore) continue;
        try {
          await abort(upload.key, upload.uploadId, options);
          aborted.push(upload);
        } catch (error) {
          if (!isStorageError(error)) throw error;
          failed.push({ upload, error });
        }
      }
      return { aborted, failed };
    },
  };
}
