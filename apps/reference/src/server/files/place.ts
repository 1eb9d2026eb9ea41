import type { FileMetadata, OperationOptions } from '@org/storage-core';
import { look } from '@org/storage-hybrid';
import type { FileRow } from '../database/schema.js';
import { type AppOptions, THERE } from '../options.js';

/** What the columns of the storage say of a file. */
export type Metadata = Pick<
  FileRow,
  'key' | 'bucket' | 'size' | 'content_type' | 'sha256' | 'etag' | 'version_id'
> & { readonly provider: string };

export type Stores = Pick<AppOptions, 'storage' | 'sides' | 'mode' | 'provider' | 'bucket'>;

/**
 * Looks a file up where it is. With two stores, the target is asked: from the first step of a migration on, a file that the target has is there.
 * Before, the source has all files, and nobody depends on the target.
 * @throws StorageError `NotFound`.
 */
export async function lookUp(
  { storage, sides, mode, provider = 'local', bucket }: Stores,
  key: string,
  options: OperationOptions = {},
): Promise<Metadata> {
  const file = await storage.stat(key, options);
  if (sides === undefined) return metadataOf(file, provider, bucket);
  const { names = THERE } = sides;
  if (mode?.() === 'source') return metadataOf(file, names.source, bucket);
  const seen = await look(sides.target, key, options.signal);
  if (seen.type !== 'file') return metadataOf(file, names.source, bucket);
  const { etag, versionId } = seen.file; // the store's own, by which it can be found there
  return metadataOf(
    { ...file, etag, ...(versionId === undefined ? {} : { versionId }) },
    names.target,
    bucket,
  );
}

function metadataOf(file: FileMetadata, provider: string, bucket: string | undefined): Metadata {
  return {
    provider,
    key: file.key,
    bucket: provider === 's3' ? (bucket ?? null) : null,
    size: file.size,
    content_type: file.contentType,
    sha256: file.checksums.sha256 ?? null,
    etag: file.etag,
    version_id: file.versionId ?? null,
  };
}
