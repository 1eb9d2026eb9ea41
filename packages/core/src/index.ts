export {
  type Body,
  bytesOf,
  discardBody,
  holdErrors,
  lengthOf,
  readAll,
  streamOf,
} from './body.js';
export { type Capabilities, type Capability, refuseAbsent, type Support } from './capabilities.js';
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
  LIVE_METADATA_PREFIX,
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
  AbsentCondition,
  CompleteOptions,
  Condition,
  CopyOptions,
  DeleteOptions,
  DeleteResult,
  Download,
  DownloadOptions,
  FileTags,
  FileVersion,
  FileVersions,
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
  SweepOptions,
  SweepResult,
  UploadedPart,
  UploadOptions,
  VersionOptions,
} from './provider.js';
export { type ByteRange, checkRange, type ResolvedRange, resolveRange } from './range.js';
export { signedUrls } from './signed-urls.js';
export { throttled } from './throttled.js';
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
