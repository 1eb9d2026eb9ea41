import {
  type Capabilities,
  type CopyOptions,
  checkCopyOptions,
  checkDeleteOptions,
  checkDownloadOptions,
  checkDownloadUrlOptions,
  checkUploadOptions,
  checkVersionOptions,
  type DeleteOptions,
  type DownloadOptions,
  type DownloadUrlOptions,
  parseKey,
  refuseAbsent,
  type UploadOptions,
  type VersionOptions,
} from '@org/storage-core';

/*
 * What a provider over other providers checks before it asks any of them: keys, options, and whether it is able to do as they say.
 * All throw `StorageError`: `InvalidKey`, `InvalidArgument`, `Unsupported`.
 */

export function checkUpload(able: Capabilities, key: string, options: UploadOptions): void {
  parseKey(key);
  checkUploadOptions(options);
  refuseAbsent(able, {
    tags: options.tags,
    resumableUpload: options.uploadId ?? options.keepParts,
    conditionalCreate: options.condition?.type === 'absent',
    conditionalUpdate: options.condition?.type === 'match',
  });
}

export function checkDownload(able: Capabilities, key: string, options: DownloadOptions): void {
  parseKey(key);
  checkDownloadOptions(options);
  refuseAbsent(able, { versions: options.versionId });
}

export function checkStat(able: Capabilities, key: string, options: VersionOptions): void {
  parseKey(key);
  checkVersionOptions(options);
  refuseAbsent(able, { versions: options.versionId });
}

export function checkDelete(able: Capabilities, key: string, options: DeleteOptions): void {
  parseKey(key);
  checkDeleteOptions(options);
  refuseAbsent(able, { versions: options.versionId, conditionalDelete: options.condition });
}

export function checkCopy(
  able: Capabilities,
  from: string,
  to: string,
  options: CopyOptions,
): void {
  checkMove(from, to);
  checkCopyOptions(options);
  refuseAbsent(able, {
    conditionalCopyCreate: options.condition?.type === 'absent',
    conditionalCopyUpdate: options.condition?.type === 'match',
  });
}

/** Its options are checked by the copy and the delete that it is made of. */
export function checkMove(from: string, to: string): void {
  parseKey(from);
  parseKey(to);
}

export function checkDownloadUrl(
  able: Capabilities,
  key: string,
  options: DownloadUrlOptions,
): void {
  parseKey(key);
  checkDownloadUrlOptions(options);
  refuseAbsent(able, { versions: options.versionId });
}
