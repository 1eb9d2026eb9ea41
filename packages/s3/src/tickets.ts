import type { S3Client } from '@aws-sdk/client-s3';
import {
  contentTypeOf,
  type Key,
  refuseAbsent,
  type UploadTicket,
  type UploadTicketOptions,
} from '@org/storage-core';
import { type Bucket, objectName } from './bucket.js';
import { objectHeaders } from './metadata.js';
import { refuseCustomerKey } from './object-settings.js';
import { createMultipartTicket } from './tickets-multipart.js';
import { createPostTicket } from './tickets-post.js';
import { createPutTicket } from './tickets-put.js';

/** @param signer knows the server under the address that the client will use. */
export async function createUploadTicket(
  bucket: Bucket,
  signer: S3Client,
  key: Key,
  options: UploadTicketOptions,
): Promise<UploadTicket> {
  refuseAbsent(bucket.capabilities, { tags: options.tags });
  refuseCustomerKey(bucket.settings);
  const { contentType = contentTypeOf(key), cacheControl, contentDisposition } = options;
  const { metadata, tags } = options;
  const content = { contentType, cacheControl, contentDisposition, metadata, tags };
  const file = { name: objectName(bucket, key), headers: objectHeaders(content) };
  switch (options.type) {
    case 'post':
      return createPostTicket(bucket, signer, file, options);
    case 'multipart':
      return createMultipartTicket(bucket, signer, file, options);
    default:
      return createPutTicket(bucket, signer, file, options);
  }
}
