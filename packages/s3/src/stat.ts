import { Readable } from 'node:stream';
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import {
  type Checksums,
  DEFAULT_CONTENT_TYPE,
  type FileMetadata,
  type Key,
  parseETag,
} from '@org/storage-core';
import { type Bucket, given, versionName } from './bucket.js';
import { statusOf } from './failure.js';
import { decodeMetadata, type StoredHeaders, storedChecksums } from './metadata.js';

export async function statFile(
  bucket: Bucket,
  key: Key,
  signal: AbortSignal | undefined,
  versionId?: string,
): Promise<FileMetadata> {
  const head = await headObject(bucket, key, signal, versionId);
  return fileOf(key, head, given(head.ContentLength, 'Content-Length'), storedChecksums(head));
}

/**
 * Asks for a file without its content. An answer to HEAD has no body, and so, if it is a refusal, no reason: where 400 can
 * mean a version id of wrong form, a wrong encryption key and more, a GET tells which.
 */
export async function headObject(
  bucket: Bucket,
  key: Key,
  signal: AbortSignal | undefined,
  versionId?: string,
): Promise<HeadObjectCommandOutput> {
  const name = versionName(bucket, key, versionId);
  const { headObject, getObject } = bucket.requests;
  try {
    return await headObject({ ...name, ChecksumMode: 'ENABLED' }, { signal });
  } catch (error) {
    if (statusOf(error) !== 400) throw error;
    const { Body } = await getObject(name, { signal });
    if (Body instanceof Readable) Body.destroy();
    throw error;
  }
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
