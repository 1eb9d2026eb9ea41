import type { Readable } from 'node:stream';
import {
  type DownloadOptions,
  type FileMetadata,
  holdErrors,
  isStorageError,
  type MatchCondition,
  type ResolvedRange,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { errorResponse } from '../answer/error-response.js';
import { methodNotAllowed, problem } from '../answer/problem.js';
import type { HttpHeaders, HttpRequest, HttpResponse } from '../message.js';
import { byteRanges } from './byteranges.js';
import { type FileHeaders, fileHeaders } from './file-headers.js';
import { httpSeconds } from './http-date.js';
import type { DownloadAnswerOptions } from './options.js';
import { evaluate } from './preconditions.js';
import { parseRange } from './ranges.js';
import { redirected } from './redirect.js';

/** How often a file that is replaced between the look and the read is looked at. */
const ATTEMPTS = 3;

/** Headers for which a file has to be looked at before it is opened. */
const ASKING = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'range'];

/** What is asked for. */
export interface Asked {
  readonly storage: StorageProvider;
  readonly key: string;
  readonly request: HttpRequest;
  readonly options: DownloadAnswerOptions;
  /** Gives the file as it is to be described. Default: as the storage has it. */
  readonly describe?: ((file: FileMetadata) => FileMetadata) | undefined;
}

/**
 * Answers GET and HEAD for one file, with ranges and conditions as RFC 9110 has them. Head and body are of one version, also where the
 * file is replaced meanwhile. Storage errors become answers ({@link errorResponse}). Whether the client may have the file is to be decided
 * before.
 * @throws what is no `StorageError`.
 */
export async function download(
  storage: StorageProvider,
  key: string,
  request: HttpRequest,
  options: DownloadAnswerOptions = {},
): Promise<HttpResponse> {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return methodNotAllowed(['GET', 'HEAD']);
  try {
    return await answerFile({ storage, key, request, options });
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return errorResponse(error, request);
  }
}

/**
 * For GET and HEAD.
 * @throws StorageError
 */
export function answerFile(asked: Asked): Promise<HttpResponse> {
  return isPlain(asked) ? wholeFile(asked) : considered(asked);
}

function isPlain({ request, options: { redirect = false } }: Asked): boolean {
  if (request.method !== 'GET' || redirect !== false) return false;
  return ASKING.every((name) => request.header(name) === undefined);
}

/** In one request to the store. */
async function wholeFile(asked: Asked): Promise<HttpResponse> {
  const { storage, key, request, options } = asked;
  const { signal } = request;
  const { metadata, body } = await storage.download(key, { signal, ...version(options) });
  holdErrors(body);
  const { etag } = evaluate(request, metadata);
  const described = describedBy(asked, metadata);
  return { status: 200, headers: headersOf(asked, metadata, described, etag), body };
}

/** Looks at the file first, then reads just the version that was seen. */
async function considered(asked: Asked): Promise<HttpResponse> {
  const { storage, key, request, options } = asked;
  const { signal } = request;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const file = await storage.stat(key, { signal, ...version(options) });
    try {
      return await answer(asked, file);
    } catch (error) {
      if (!isStorageError(error, 'PreconditionFailed')) throw error;
    }
  }
  throw new StorageError('Conflict', `${key} is being replaced all the time`, { key });
}

/** @throws StorageError `PreconditionFailed` if the file is another one by now. */
async function answer(asked: Asked, file: FileMetadata): Promise<HttpResponse> {
  const { storage, request, options } = asked;
  const { outcome, etag, range } = evaluate(request, file);
  if (outcome === 'failed') return problem(412, { code: 'PreconditionFailed' });
  const described = describedBy(asked, file);
  const headers = headersOf(asked, file, described, etag);
  if (outcome === 'not-modified') return notModified(headers, options);
  const elsewhere = await redirected(storage, file, described, request, options);
  if (elsewhere !== undefined) return elsewhere;
  if (request.method === 'HEAD') return { status: 200, headers };
  const parts = range ? parseRange(request.header('range') ?? '', file.size) : undefined;
  const open = (part?: ResolvedRange) => openPinned(asked, file, part);
  if (parts === undefined) return { status: 200, headers, body: await open() };
  const [first, second] = parts;
  if (first === undefined) {
    const outside = { 'content-range': `bytes */${file.size}`, 'accept-ranges': 'bytes' };
    return problem(416, { code: 'InvalidRange', headers: outside });
  }
  const body = await open(first);
  if (second === undefined) return partial(headers, first, file.size, body);
  const { contentType } = described;
  const ranges = byteRanges(parts, { contentType, size: file.size }, body, open);
  const own = {
    'content-type': ranges.contentType,
    'content-length': String(ranges.contentLength),
  };
  return { status: 206, headers: { ...headers, ...own }, body: ranges.body };
}

async function openPinned(
  { storage, key, request, options }: Asked,
  { etag }: FileMetadata,
  range: ResolvedRange | undefined,
): Promise<Readable> {
  const condition: MatchCondition = { type: 'match', etag };
  const { signal } = request;
  const { body } = await storage.download(key, { signal, condition, range, ...version(options) });
  holdErrors(body);
  return body;
}

function describedBy({ describe, options }: Asked, file: FileMetadata): FileHeaders {
  return fileHeaders(describe?.(file) ?? file, options);
}

function headersOf(
  { options }: Asked,
  { size, lastModified }: FileMetadata,
  { contentSecurityPolicy: policy, ...described }: FileHeaders,
  etag: string,
): HttpHeaders {
  const modified = Math.min(httpSeconds(lastModified), httpSeconds(new Date())); // never ahead of `date`
  return {
    'content-type': described.contentType,
    'content-length': String(size),
    'content-disposition': described.contentDisposition,
    'cache-control': described.cacheControl,
    'last-modified': new Date(modified * 1000).toUTCString(),
    etag,
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    ...(policy === undefined ? {} : { 'content-security-policy': policy }),
    ...options.headers,
  };
}

/** With the headers that a cache takes over, https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5 */
function notModified(headers: HttpHeaders, { headers: more = {} }: DownloadAnswerOptions) {
  const kept = ['etag', 'last-modified', 'cache-control'].map((name) => [name, headers[name]]);
  const own = Object.entries(more).filter(([name]) => !/^content-(?!location)/.test(name));
  return { status: 304, headers: Object.fromEntries([...kept, ...own]) as HttpHeaders };
}

function partial(
  headers: HttpHeaders,
  { start, end }: ResolvedRange,
  size: number,
  body: Readable,
): HttpResponse {
  const range = {
    'content-range': `bytes ${start}-${end}/${size}`,
    'content-length': String(end - start + 1),
  };
  return { status: 206, headers: { ...headers, ...range }, body };
}

function version({ versionId }: DownloadAnswerOptions): Pick<DownloadOptions, 'versionId'> {
  return versionId === undefined ? {} : { versionId };
}
