import { checkChecksums } from './checksum.js';
import { StorageError } from './error.js';
import { checkMetadata, checkText } from './metadata.js';
import type {
  Condition,
  CopyOptions,
  DeleteOptions,
  DownloadOptions,
  ListOptions,
  OperationOptions,
  UploadOptions,
} from './provider.js';
import { checkRange } from './range.js';

type Names<T> = { readonly [K in keyof Required<T>]: true };

const operation: Names<OperationOptions> = { signal: true };
const upload: Names<UploadOptions> = {
  ...operation,
  condition: true,
  contentLength: true,
  contentType: true,
  cacheControl: true,
  contentDisposition: true,
  metadata: true,
  tags: true,
  checksums: true,
  onProgress: true,
  onMultipartUpload: true,
};
const download: Names<DownloadOptions> = { ...operation, range: true, condition: true };
const remove: Names<DeleteOptions> = { ...operation, condition: true };
const list: Names<ListOptions> = {
  ...operation,
  prefix: true,
  delimiter: true,
  startAfter: true,
  onSkip: true,
};
const copy: Names<CopyOptions> = { ...operation, condition: true };

/**
 * The following functions check an operation's options before anything is done: misspelt names are refused, so that none is
 * dropped in silence.
 * @throws StorageError `InvalidArgument`.
 */
export function checkOperationOptions(options: OperationOptions): void {
  checkNames(options, operation);
}

export function checkUploadOptions(options: UploadOptions): void {
  checkNames(options, upload);
  checkCondition(options.condition);
  const { contentLength, metadata, tags, checksums } = options;
  if (contentLength !== undefined && !(Number.isSafeInteger(contentLength) && contentLength >= 0)) {
    throw new StorageError(
      'InvalidArgument',
      'contentLength is a whole number of bytes, 0 or more',
    );
  }
  for (const name of ['contentType', 'cacheControl', 'contentDisposition'] as const) {
    if (options[name] !== undefined) checkText(name, options[name]);
  }
  if (metadata !== undefined) checkMetadata(metadata);
  for (const [name, value] of Object.entries(tags ?? {})) checkText(`the tag "${name}"`, value);
  if (checksums !== undefined) checkChecksums(checksums);
}

export function checkDownloadOptions(options: DownloadOptions): void {
  checkNames(options, download);
  checkMatch(options.condition);
  if (options.range !== undefined) checkRange(options.range);
}

export function checkDeleteOptions(options: DeleteOptions): void {
  checkNames(options, remove);
  checkMatch(options.condition);
}

export function checkListOptions(options: ListOptions): void {
  checkNames(options, list);
  const delimiter: unknown = options.delimiter;
  if (delimiter !== undefined && delimiter !== '/') {
    throw new StorageError('InvalidArgument', 'the only delimiter is "/"');
  }
}

export function checkCopyOptions(options: CopyOptions): void {
  checkNames(options, copy);
  checkCondition(options.condition);
}

function checkNames(options: object, allowed: Readonly<Record<string, true>>): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(allowed, name));
  if (unknown === undefined) return;
  throw new StorageError(
    'InvalidArgument',
    `unknown option "${unknown}"; there are ${Object.keys(allowed).join(', ')}`,
  );
}

function checkCondition(condition: Condition | undefined): void {
  if (condition?.type !== 'absent') checkMatch(condition);
}

function checkMatch(condition: Condition | undefined): void {
  if (condition === undefined) return;
  if (condition.type !== 'match' || typeof condition.etag !== 'string' || condition.etag === '') {
    throw new StorageError(
      'InvalidArgument',
      'a condition is { type: "match", etag } or, where a file is written, { type: "absent" }',
    );
  }
}
