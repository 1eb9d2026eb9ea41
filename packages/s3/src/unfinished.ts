import { isDeepStrictEqual } from 'node:util';
import {
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3';
import type { MultipartUpload, OperationOptions } from '@org/storage-core';
import { type Bucket, given, within } from './bucket.js';
import { checkListing, endless, unfinished } from './listing-failure.js';

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
    checkListing(page.Bucket, page.IsTruncated, page.Uploads);
    for (const upload of page.Uploads ?? []) {
      yield {
        key: given(upload.Key, 'key').slice(bucket.prefix.length),
        uploadId: given(upload.UploadId, 'upload id'),
        initiated: given(upload.Initiated, 'date'),
      };
    }
    if (page.IsTruncated && !page.NextKeyMarker) throw unfinished();
    const next = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
      : undefined;
    if (next !== undefined && isDeepStrictEqual(next, after)) throw endless();
    after = next;
  } while (after !== undefined);
}
