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

function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function')
    throw new StorageError('InvalidArgument', `${name} is a function`);
}

export function checkUploadOptions(options: UploadOptions): void {
  checkNames(options, upload);
  checkCondition(options.condition);
  const { contentLength, metadata, tags, checksums } = options;
  checkFunction('onProgress', options.onProgress);
  checkFunction('onMultipartUpload', options.onMultipartUpload);
  if (contentLength !== undefined && !(Number.isSafeInteger(contentLength) && contentLength >= 0)) {
    throw new StorageError(
      'InvalidArgument',
      'contentLength is a whole number of bytes, 0 or more',
    );
  }
  for (const name of ['contentType', 'cacheControl', 'contentDisposition'] as const) {
    if (options[name] !== undefined) checkText(name, options[name]);
  }
  checkMetadata(record('metadata', metadata));
  for (const [name, value] of Object.entries(record('tags', tags)))
    checkText(`the tag "${name}"`, value);
  checkChecksums(record('checksums', checksums));
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
  checkFunction('onSkip', options.onSkip);
  for (const name of ['prefix', 'startAfter'] as const) {
    const text: unknown = options[name];
    if (text !== undefined && (typeof text !== 'string' || /\p{Surrogate}/u.test(text)))
      throw new StorageError('InvalidArgument', `${name} is text without lone surrogates`);
  }
  const delimiter: unknown = options.delimiter;
  if (delimiter !== undefined && delimiter !== '/') {
    throw new StorageError('InvalidArgument', 'the only delimiter is "/"');
  }
}

export function checkCopyOptions(options: CopyOptions): void {
  checkNames(options, copy);
  checkCondition(options.condition);
}

function checkNames(options: OperationOptions, allowed: Readonly<Record<string, true>>): void {
  const signal: unknown = options.signal;
  if (signal !== undefined && !isObject(signal, 'addEventListener'))
    throw new StorageError('InvalidArgument', 'signal is an AbortSignal');
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(allowed, name));
  if (unknown === undefined) return;
  throw new StorageError(
    'InvalidArgument',
    `unknown option "${unknown}"; there are ${Object.keys(allowed).join(', ')}`,
  );
}

function record<T extends object>(name: string, value: T | undefined): T | Record<string, never> {
  if (value === undefined) return {};
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new StorageError('InvalidArgument', `${name} is an object of names and texts`);
}

function isObject(value: unknown, property: string): boolean {
  return typeof value === 'object' && value !== null && property in value;
}

function checkCondition(condition: Condition | undefined): void {
  if (condition === undefined || !isObject(condition, 'type') || condition.type !== 'absent')
    checkMatch(condition);
}

function checkMatch(condition: Condition | undefined): void {
  if (condition === undefined) return;
  const matches = isObject(condition, 'type') && condition.type === 'match';
  if (!matches || typeof condition.etag !== 'string' || condition.etag === '') {
    throw new StorageError(
      'InvalidArgument',
      'a condition is { type: "match", etag } or, where a file is written, { type: "absent" }',
    );
  }
}
