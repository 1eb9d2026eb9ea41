import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  DEFAULT_EXPIRY,
  type PutTicket,
  type PutTicketOptions,
  StorageError,
} from '@org/storage-core';
import type { Bucket } from './bucket.js';
import { refuseUnknownCondition } from './condition.js';
import { recordSha256 } from './metadata.js';
import { MAX_SINGLE_SIZE } from './part-size.js';
import { presign, signingWindow } from './presign.js';
import { checksumHeaders, describingHeaders, type TicketFile } from './ticket-headers.js';

/** A presigned PUT, https://docs.aws.amazon.com/AmazonS3/latest/userguide/PresignedUrlUploadObject.html */
export async function createPutTicket(
  bucket: Bucket,
  signer: S3Client,
  file: TicketFile,
  options: PutTicketOptions,
): Promise<PutTicket> {
  const { checksums, condition, contentLength } = options;
  refuseUnknownCondition(bucket, condition);
  if (contentLength !== undefined && contentLength > MAX_SINGLE_SIZE) {
    throw new StorageError(
      'TooLarge',
      `one request carries up to ${MAX_SINGLE_SIZE} bytes, not ${contentLength}; use a ticket of type multipart`,
    );
  }
  const described = recordSha256(file.headers, checksums?.sha256);
  const headers = {
    ...describingHeaders(bucket, described),
    ...(described.Tagging ? { 'x-amz-tagging': described.Tagging } : {}),
    ...checksumHeaders(bucket, checksums),
    ...(condition === undefined ? {} : { 'if-none-match': '*' }),
    ...(contentLength === undefined ? {} : { 'content-length': String(contentLength) }),
  };
  const window = await signingWindow(bucket.client, options.expiresIn ?? DEFAULT_EXPIRY);
  const url = await presign(signer, new PutObjectCommand(file.name), headers, window);
  return { type: 'put', url, headers, expiresAt: window.expiresAt };
}
