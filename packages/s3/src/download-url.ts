import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  DEFAULT_EXPIRY,
  type DownloadUrlOptions,
  type Key,
  refuseAbsent,
  type SignedUrl,
} from '@org/storage-core';
import { type Bucket, objectName } from './bucket.js';
import { asciiDisposition, checkHeader } from './metadata.js';
import { refuseCustomerKey } from './object-settings.js';
import { presign, signingWindow } from './presign.js';

/** Signs a GET, with the headers of its answer in the query, https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export async function createDownloadUrl(
  bucket: Bucket,
  signer: S3Client,
  key: Key,
  options: DownloadUrlOptions,
): Promise<SignedUrl> {
  const { contentType, contentDisposition, cacheControl, versionId } = options;
  refuseAbsent(bucket.capabilities, { versions: versionId });
  refuseCustomerKey(bucket.settings);
  checkHeader('contentType', contentType);
  checkHeader('cacheControl', cacheControl);
  const command = new GetObjectCommand({
    ...objectName(bucket, key),
    VersionId: versionId,
    ResponseContentType: contentType,
    ResponseContentDisposition: contentDisposition && asciiDisposition(contentDisposition),
    ResponseCacheControl: cacheControl,
  });
  const window = await signingWindow(bucket.client, options.expiresIn ?? DEFAULT_EXPIRY);
  return { url: await presign(signer, command, {}, window), expiresAt: window.expiresAt };
}
