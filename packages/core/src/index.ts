export { ascendingProgress } from './ascending-progress.js';
export {
  type Body,
  bytesOf,
  discardBody,
  holdErrors,
  lengthOf,
  readAll,
  streamOf,
} from './body.js';
export {
  type Capabilities,
  type Capability,
  isAtomic,
  refuseAbsent,
  type Support,
} from './capabilities.js';
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
export {
  type BodyEvent,
  type CircuitEvent,
  type CircuitState,
  type ConfigurationEvent,
  type EventChannel,
  eventChannel,
  type HealthEvent,
  type HybridEvent,
  onStorageEvent,
  type RetryEvent,
  type SpoolEvent,
  type StorageEvents,
} from './events.js';
export type { FileTags } from './file-tags.js';
export type { FileVersion, FileVersions } from './file-versions.js';
export { HealthCheck, type HealthCheckOptions } from './health-check.js';
export { HEALTH_PREFIX, isHealthKey } from './health-key.js';
export { compareKeys, type Key, keyProblem, MAX_KEY_BYTES, parseKey } from './key.js';
export type {
  ListEntry,
  ListedFile,
  ListedPrefix,
  ListOptions,
  SkippedEntry,
  SkipReason,
} from './list-entry.js';
export { MemoryStorageProvider } from './memory.js';
export {
  checkMetadata,
  checkText,
  type FileMetadata,
  LIVE_METADATA_PREFIX,
  RESERVED_METADATA_PREFIX,
  TOMBSTONE_TAG,
} from './metadata.js';
export type { MigrationRunEvent, MigrationStep, SyncEvent } from './migration-events.js';
export type {
  CompleteOptions,
  MultipartUpload,
  MultipartUploads,
  SweepOptions,
  SweepResult,
  UploadedPart,
} from './multipart-uploads.js';
export {
  asStorageError,
  type OperationContext,
  runListing,
  runOperation,
  type Translate,
} from './operation.js';
export type {
  AbsentCondition,
  Condition,
  MatchCondition,
  OperationOptions,
  VersionOptions,
} from './operation-options.js';
export {
  checkCompleteOptions,
  checkCopyOptions,
  checkDeleteOptions,
  checkDownloadOptions,
  checkListOptions,
  checkOperationOptions,
  checkSweepOptions,
  checkTags,
  checkUploadOptions,
  checkVersionOptions,
} from './options.js';
export type {
  CopyOptions,
  DeleteOptions,
  DeleteResult,
  Download,
  DownloadOptions,
  HealthReport,
  StorageProvider,
  UploadOptions,
} from './provider.js';
export { parseDuration, parseSize } from './quantity.js';
export { type ByteRange, checkRange, type ResolvedRange, resolveRange } from './range.js';
export { signedUrls } from './signed-urls.js';
export { type Bandwidth, throttled } from './throttled.js';
export {
  DEFAULT_EXPIRY,
  type DownloadUrlOptions,
  MAX_EXPIRY,
  type MultipartTicket,
  type MultipartTicketOptions,
  type PostTicket,
  type PostTicketOptions,
  type PutTicket,
  type PutTicketOptions,
  type SignedUrl,
  type TicketPart,
  type UploadTicket,
  type UploadTicketOptions,
} from './ticket.js';
export { checkDownloadUrlOptions, checkUploadTicketOptions } from './ticket-options.js';
export { TokenBucket, type Wish } from './token-bucket.js';
export { OPERATIONS, type OperationEvent, operationChannel } from './tracing.js';
export {
  type DownloadGrant,
  type GrantedRequest,
  grantedDownload,
  grantedMetadata,
  grantedUpload,
  type PostGrant,
  type PutGrant,
  type UrlGrant,
} from './url-grant.js';
export {
  type SignedRequest,
  UrlSigner,
  type UrlSignerOptions,
  type UrlSigningKey,
} from './url-signer.js';
export { type ExpectedContent, verifiedStream } from './verified-stream.js';
