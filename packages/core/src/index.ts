export { type Body, bytesOf, discardBody, lengthOf, readAll, streamOf } from './body.js';
export type { Capabilities, Capability, Support } from './capabilities.js';
export {
  type ChecksumAlgorithm,
  type Checksums,
  checkChecksums,
  compareChecksums,
  Digest,
  differingChecksums,
} from './checksum.js';
export { contentTypeOf, DEFAULT_CONTENT_TYPE } from './content-type.js';
export { Crc64Nvme } from './crc64nvme.js';
export {
  carriedOptions,
  deleteEach,
  distinctKeys,
  existsByStat,
  moveByCopy,
} from './derived.js';
export {
  abortError,
  isStorageError,
  StorageError,
  type StorageErrorCode,
  type StorageErrorDetails,
  throwIfAborted,
} from './error.js';
export { type ETag, parseETag } from './etag.js';
export { compareKeys, type Key, keyProblem, MAX_KEY_BYTES, parseKey } from './key.js';
export { MemoryStorageProvider } from './memory.js';
export {
  checkMetadata,
  checkText,
  type FileMetadata,
  RESERVED_METADATA_PREFIX,
} from './metadata.js';
export {
  asStorageError,
  type OperationContext,
  runListing,
  runOperation,
  type Translate,
} from './operation.js';
export {
  checkCopyOptions,
  checkDeleteOptions,
  checkDownloadOptions,
  checkListOptions,
  checkOperationOptions,
  checkUploadOptions,
} from './options.js';
export type {
  AbsentCondition,
  Condition,
  CopyOptions,
  DeleteOptions,
  DeleteResult,
  Download,
  DownloadOptions,
  HealthReport,
  ListEntry,
  ListedFile,
  ListedPrefix,
  ListOptions,
  MatchCondition,
  MultipartUpload,
  MultipartUploads,
  OperationOptions,
  SkippedEntry,
  SkipReason,
  StorageProvider,
  UploadOptions,
} from './provider.js';
export { type ByteRange, checkRange, type ResolvedRange, resolveRange } from './range.js';
export { type ExpectedContent, verifiedStream } from './verified-stream.js';
