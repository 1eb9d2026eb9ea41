import { type ETag, type FileMetadata, LIVE_METADATA_PREFIX } from '@org/storage-core';

const ETAG = `${LIVE_METADATA_PREFIX}etag`;
const MODIFIED = `${LIVE_METADATA_PREFIX}modified`;

/**
 * What a copy in the target remembers of the source's file, so that it goes by the same ETag and time as before: caches, ranges
 * that are being read and conditional writes don't notice that a file has moved. It goes with copies of the copy, whose content
 * it names as well.
 */
export function originOf(file: FileMetadata): Readonly<Record<string, string>> {
  return {
    ...file.metadata,
    [ETAG]: file.etag,
    [MODIFIED]: file.lastModified.toISOString(),
  };
}

/** Whether an ETag, as it was handed out before or after the file was copied, names this file of the target. */
export function goesBy(file: FileMetadata, etag: ETag): boolean {
  return etag === file.etag || etag === file.metadata[ETAG];
}

/** A file of the target as applications see it. */
export function asApplicationsSee(file: FileMetadata): FileMetadata {
  const etag = file.metadata[ETAG] as ETag | undefined; // as `originOf` wrote it
  const modified = file.metadata[MODIFIED];
  if (etag === undefined && modified === undefined) return file;
  const metadata = Object.fromEntries(
    Object.entries(file.metadata).filter(([name]) => !name.startsWith(LIVE_METADATA_PREFIX)),
  );
  const lastModified = modified === undefined ? Number.NaN : Date.parse(modified);
  return {
    ...file,
    metadata,
    ...(etag === undefined ? {} : { etag }),
    ...(Number.isNaN(lastModified) ? {} : { lastModified: new Date(lastModified) }),
  };
}
