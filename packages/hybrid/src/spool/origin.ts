import {
  type ETag,
  type FileMetadata,
  LIVE_METADATA_PREFIX,
  type MatchCondition,
} from '@org/storage-core';
import { originOf, SPOOLED } from '../origin.js';

/** In an entry: what its writer knew to be in the target. */
export const OVER = `${LIVE_METADATA_PREFIX}over`;

/** An entry as it was written. */
export function asWritten(entry: FileMetadata): FileMetadata {
  if (entry.metadata[OVER] === undefined) return entry;
  const { [OVER]: _, ...metadata } = entry.metadata;
  return { ...entry, metadata };
}

/** The metadata of an entry’s file in the target. A hybrid provider lets it go by the entry’s ETag and time. */
export function asDrained(entry: FileMetadata): Readonly<Record<string, string>> {
  // An entry that is a copy of a drained file has an origin already.
  const written = asWritten(entry);
  return { ...originOf(written), ...written.metadata, [SPOOLED]: entry.etag };
}

/** Whether a file of the target is what an entry of this ETag has become. */
export function isDrained(file: FileMetadata, etag: ETag): boolean {
  return file.metadata[SPOOLED] === etag;
}

/** The condition on the target’s file that a condition on its entry has become; `undefined` if it does not hold any more. */
export function conditionOn(
  file: FileMetadata | undefined,
  { etag }: MatchCondition,
): MatchCondition | undefined {
  if (file === undefined || !isDrained(file, etag)) return undefined;
  return { type: 'match', etag: file.etag };
}
