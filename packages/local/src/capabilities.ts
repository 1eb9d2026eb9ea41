import type { Capabilities, UrlSigner } from '@org/storage-core';
import type { NativeLocks } from './native-locks.js';

/** POSIX has no way to change a file only if it is a certain one: it takes locks that all writers heed. */
export function capabilitiesWith(
  native: NativeLocks | undefined,
  signer: UrlSigner | undefined,
): Capabilities {
  const byLocks = native === undefined ? 'absent' : 'emulated';
  const bySigner = signer === undefined ? 'absent' : 'emulated';
  return {
    conditionalCreate: 'native',
    conditionalCreateInParts: 'native',
    conditionalUpdate: byLocks,
    conditionalDelete: byLocks,
    conditionalCopyCreate: 'native',
    conditionalCopyUpdate: byLocks,
    metadata: 'native',
    tags: 'native',
    multipart: 'absent',
    resumableUpload: 'absent',
    versions: 'absent',
    downloadUrls: bySigner,
    uploadTickets: bySigner,
    serverSideCopy: 'native',
  };
}
