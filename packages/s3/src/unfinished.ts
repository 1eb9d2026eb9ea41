import {
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3';
import { type MultipartUpload, type OperationOptions, StorageError } from '@org/storage-core';
import { type Bucket, given, within } from './bucket.js';

export type UnfinishedOptions = OperationOptions & { readonly prefix?: string };

/** Multipart uploads that were neither completed nor aborted. */
export async function* listUnfinished(
  bucket: Bucket,
  options: UnfinishedOptions,
): AsyncGenerator<MultipartUpload> {
  let after: { KeyMarker: string | undefined; UploadIdMarker: string | undefined } | undefined;
  do {
    // Not with `encoding-type=url`: Ceph then encodes the keys, and neither the markers nor a word about it.
    const page: ListMultipartUploadsCommandOutput = await bucket.client.send(
      new ListMultipartUploadsCommand({
        Bucket: bucket.name,
        Prefix: bucket.prefix + (options.prefix ?? ''),
        ...after,
      }),
      within(options.signal),
    );
    for (const upload of page.Uploads ?? []) {
      yield {
        key: given(upload.Key, 'key').slice(bucket.prefix.length),
        uploadId: given(upload.UploadId, 'upload id'),
        initiated: given(upload.Initiated, 'date'),
      };
    }
    if (page.IsTruncated && !page.NextKeyMarker) {
      throw new StorageError(
        'Unavailable',
        'the server says that its listing goes on, but not from where',
      );
    }
    after = page.IsTruncated
      ? {
          KeyMarker: page.NextKeyMarker,
          UploadIdMarker: page.NextUploadIdMarker,
        }
      : undefined;
  } while (after !== undefined);
}
