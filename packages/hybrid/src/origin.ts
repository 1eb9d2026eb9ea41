import { createHash } from 'node:crypto';
import { type ETag, type FileMetadata, LIVE_METADATA_PREFIX } from '@org/storage-core';

const ETAG = `${LIVE_METADATA_PREFIX}etag`;
const MODIFIED = `${LIVE_METADATA_PREFIX}modified`;
const KEY = `${LIVE_METADATA_PREFIX}key`;
const DISK = `${LIVE_METADATA_PREFIX}disk`;

/** In a file of the target: the ETag of the spool’s entry that it was. */
export const SPOOLED = `${LIVE_METADATA_PREFIX}spooled`;

/**
 * The metadata of a copy, which remembers the source's file, so that it goes by the same ETag and time as before: caches, ranges
 * that are being read and conditional writes don't notice that a file has moved. What it remembers is its own: a copy under
 * another key, which takes the metadata with it, is a new file.
 * @param disk The name of the disk that the source is, where not all hosts see it.
 */
export function originOf(file: FileMetadata, disk?: string): Readonly<Record<string, string>> {
  return {
    ...withoutMemory(file.metadata), // of an earlier migration
    ...(disk === undefined ? {} : { [DISK]: disk }),
    [ETAG]: file.etag,
    [MODIFIED]: file.lastModified.toISOString(),
    [KEY]: shortened(file.key),
  };
}

/** The ETag that a file of the target had in the source; `undefined` for one that the application has written. */
export function copiedFrom(file: FileMetadata): ETag | undefined {
  return file.metadata[SPOOLED] === undefined ? originETag(file) : undefined;
}

/** The name of the disk that a file of the target was copied from; `undefined` for one that all hosts see, and for no copy. */
export function originDisk(file: FileMetadata): string | undefined {
  return copiedFrom(file) === undefined ? undefined : file.metadata[DISK];
}

/** The ETag that a file of the target had before it came there, from the source or from the spool. */
function originETag(file: FileMetadata): ETag | undefined {
  const etag = file.metadata[ETAG];
  if (etag === undefined || file.metadata[KEY] !== shortened(file.key)) return undefined;
  return etag as ETag; // as `originOf` wrote it
}

/** Whether an ETag, as it was handed out before or after the file was copied, names this file of the target. */
export function goesBy(file: FileMetadata, etag: ETag): boolean {
  return etag === file.etag || etag === originETag(file);
}

/** A file of the target as applications see it. */
export function asApplicationsSee(file: FileMetadata): FileMetadata {
  if (file.metadata[ETAG] === undefined) return file;
  const metadata = withoutMemory(file.metadata);
  const etag = originETag(file);
  if (etag === undefined) return { ...file, metadata };
  const modified = Date.parse(file.metadata[MODIFIED] ?? '');
  return {
    ...file,
    metadata,
    etag,
    ...(Number.isNaN(modified) ? {} : { lastModified: new Date(modified) }),
  };
}

function withoutMemory(metadata: FileMetadata['metadata']): Record<string, string> {
  const own = Object.entries(metadata).filter(([name]) => !name.startsWith(LIVE_METADATA_PREFIX));
  return Object.fromEntries(own);
}

/** Keys may be longer than metadata. */
function shortened(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}
