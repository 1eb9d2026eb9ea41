import { checkChecksums } from './checksum.js';
import { StorageError } from './error.js';
import type { ListOptions } from './list-entry.js';
import { checkMetadata, checkText } from './metadata.js';
import type { CompleteOptions, SweepOptions } from './multipart-uploads.js';
import type { Condition, OperationOptions, VersionOptions } from './operation-options.js';
import type { CopyOptions, DeleteOptions, DownloadOptions, UploadOptions } from './provider.js';
import { checkRange } from './range.js';

/** The options of an operation, none of which is forgotten. */
export type Names<T> = { readonly [K in keyof Required<T>]: true };

export const operation: Names<OperationOptions> = { signal: true };
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
  uploadId: true,
  keepParts: true,
};
export const version: Names<VersionOptions> = { ...operation, versionId: true };
const download: Names<DownloadOptions> = { ...version, range: true, condition: true };
const remove: Names<DeleteOptions> = { ...version, condition: true };
const list: Names<ListOptions> = {
  ...operation,
  prefix: true,
  delimiter: true,
  startAfter: true,
  onSkip: true,
};
const copy: Names<CopyOptions> = { ...operation, condition: true, sourceCondition: true };
const complete: Names<CompleteOptions> = { ...operation, condition: true };
const sweep: Names<SweepOptions> = { ...operation, prefix: true, initiatedBefore: true };

/**
 * The following functions check an operation's options before anything is done: misspelt names are refused, so that none is
 * dropped in silence.
 * @throws StorageError `InvalidArgument`.
 */
export function checkOperationOptions(options: OperationOptions): void {
  checkNames(options, operation);
}

export function checkVersionOptions(options: VersionOptions): void {
  checkNames(options, version);
  checkVersionId(options.versionId);
}

export function checkVersionId(versionId: unknown): void {
  checkId('versionId', versionId);
}

export function checkId(name: string, id: unknown): void {
  if (id !== undefined && (typeof id !== 'string' || id === ''))
    throw new StorageError('InvalidArgument', `${name} is text, and not empty`);
}

function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function')
    throw new StorageError('InvalidArgument', `${name} is a function`);
}

export function checkUploadOptions(options: UploadOptions): void {
  checkNames(options, upload);
  checkCondition(options.condition);
  const { contentLength, checksums } = options;
  const keepParts: unknown = options.keepParts;
  checkFunction('onProgress', options.onProgress);
  checkFunction('onMultipartUpload', options.onMultipartUpload);
  checkId('uploadId', options.uploadId);
  if (keepParts !== undefined && typeof keepParts !== 'boolean')
    throw new StorageError('InvalidArgument', 'keepParts is true or false');
  checkBytes('contentLength', contentLength);
  checkDescription(options);
  checkChecksums(record('checksums', checksums));
}

/** What is stored with a file, apart from its content. */
type Description = Pick<
  UploadOptions,
  'contentType' | 'cacheControl' | 'contentDisposition' | 'metadata' | 'tags'
>;

export function checkDescription(options: Description): void {
  checkHeaders(options);
  checkMetadata(record('metadata', options.metadata));
  checkTags(record('tags', options.tags));
}

export function checkHeaders(options: Pick<Description, (typeof HEADERS)[number]>): void {
  for (const name of HEADERS) if (options[name] !== undefined) checkText(name, options[name]);
}

const HEADERS = ['contentType', 'cacheControl', 'contentDisposition'] as const;

/**
 * @throws StorageError `InvalidArgument` if a name is empty, or a name or value is not text without control characters.
 */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(record('tags', tags))) {
    if (name === '') throw new StorageError('InvalidArgument', 'a tag has no name');
    checkText(`the name of the tag "${name}"`, name);
    checkText(`the tag "${name}"`, value);
  }
}

export function checkBytes(name: string, bytes: unknown): void {
  if (bytes === undefined || (Number.isSafeInteger(bytes) && Number(bytes) >= 0)) return;
  throw new StorageError('InvalidArgument', `${name} is a whole number of bytes, 0 or more`);
}

export function checkDownloadOptions(options: DownloadOptions): void {
  checkNames(options, download);
  checkVersionId(options.versionId);
  checkMatch(options.condition);
  if (options.range !== undefined) checkRange(options.range);
}

export function checkDeleteOptions(options: DeleteOptions): void {
  checkNames(options, remove);
  checkVersionId(options.versionId);
  checkMatch(options.condition);
  if (options.versionId !== undefined && options.condition !== undefined) {
    throw new StorageError(
      'InvalidArgument',
      'a version never changes: delete it by versionId, without a condition',
    );
  }
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
  checkMatch(options.sourceCondition);
}

export function checkCompleteOptions(options: CompleteOptions): void {
  checkNames(options, complete);
  checkCondition(options.condition);
}

export function checkSweepOptions(options: SweepOptions): void {
  checkNames(options, sweep);
  const initiatedBefore: unknown = options.initiatedBefore;
  if (!(initiatedBefore instanceof Date) || Number.isNaN(initiatedBefore.getTime()))
    throw new StorageError('InvalidArgument', 'initiatedBefore is a Date');
}

export function checkNames(
  options: OperationOptions,
  allowed: Readonly<Record<string, true>>,
): void {
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

export function record<T extends object>(
  name: string,
  value: T | undefined,
): T | Record<string, never> {
  if (value === undefined) return {};
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new StorageError('InvalidArgument', `${name} is an object of names and texts`);
}

export function isObject(value: unknown, property: string): boolean {
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
