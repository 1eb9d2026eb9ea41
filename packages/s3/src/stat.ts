import { HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import {
  type Checksums,
  DEFAULT_CONTENT_TYPE,
  type FileMetadata,
  type Key,
  parseETag,
} from '@org/storage-core';
import { type Bucket, given, objectName, within } from './bucket.js';
import { decodeMetadata, type StoredHeaders, storedChecksums } from './metadata.js';

export async function statFile(
  bucket: Bucket,
  key: Key,
  signal: AbortSignal | undefined,
): Promise<FileMetadata> {
  const head = await headObject(bucket, key, signal);
  return fileOf(key, head, given(head.ContentLength, 'Content-Length'), storedChecksums(head));
}

export function headObject(
  bucket: Bucket,
  key: Key,
  signal: AbortSignal | undefined,
): Promise<HeadObjectCommandOutput> {
  return bucket.client.send(
    new HeadObjectCommand({ ...objectName(bucket, key), ChecksumMode: 'ENABLED' }),
    within(signal),
  );
}

/** The headers with which HeadObject and GetObject describe an object. */
interface Description extends StoredHeaders {
  readonly ETag?: string | undefined;
  readonly ContentType?: string | undefined;
  readonly CacheControl?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly VersionId?: string | undefined;
  readonly StorageClass?: string | undefined;
}

export function fileOf(
  key: Key,
  description: Description,
  size: number,
  checksums: Checksums,
): FileMetadata {
  const { ContentType, CacheControl, VersionId, StorageClass } = description;
  return {
    key,
    size,
    etag: parseETag(given(description.ETag, 'ETag')),
    contentType: ContentType || DEFAULT_CONTENT_TYPE,
    lastModified: given(description.LastModified, 'Last-Modified'),
    checksums,
    ...(CacheControl === undefined ? {} : { cacheControl: CacheControl }),
    ...decodeMetadata(description),
    ...(VersionId === undefined ? {} : { versionId: VersionId }),
    ...(StorageClass === undefined ? {} : { storageClass: StorageClass }),
  };
}
