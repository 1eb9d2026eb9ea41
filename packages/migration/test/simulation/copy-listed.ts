import type { FileMetadata } from '@org/storage-core';
import { type CopyUpOptions, type CopyUpResult, copyUp } from '../../src/backfill/copy-up.js';

type Given = Pick<CopyUpOptions, 'source' | 'target' | 'mayCommit'>;

/** Copies a file that was seen in the source, beside an application. */
export function copyListed(listed: FileMetadata, given: Given): Promise<CopyUpResult> {
  const { key, size, etag } = listed;
  return copyUp(
    { key, size, sourceEtag: etag },
    { ...given, live: true, onUpload: async () => {}, onHash() {}, onProgress() {} },
  );
}
