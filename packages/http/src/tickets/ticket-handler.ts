import {
  type FileMetadata,
  isStorageError,
  type MultipartUploads,
  parseETag,
  StorageError,
  type UploadTicket,
  type UploadTicketOptions,
} from '@org/storage-core';
import { errorResponse } from '../answer/error-response.js';
import { methodNotAllowed, problem } from '../answer/problem.js';
import type { HttpHandler, HttpRequest, HttpResponse } from '../message.js';
import { allowedTypes } from '../upload/allowed-types.js';
import { jsonBody, proposedByBody, proposedByQuery, recordOf, textOf } from './proposed-file.js';
import type { ProposedFile, TicketHandlerOptions } from './ticket-options.js';
import { type BegunUpload, UploadTokens } from './upload-token.js';

const MIB = 1024 ** 2;

const MAX_PARTS = 10_000;

/** Seconds. */
const DAY = 86_400;

const ABSENT = { type: 'absent' } as const;

/** `/s3/params`, `/s3/multipart`, and of an upload in parts `/s3/multipart/ID`, `…/ID/NUMBER`, `…/ID/complete`. */
const ROUTE = /\/s3\/(params|multipart)(?:\/([^/]+)(?:\/(\d{1,5}|complete))?)?$/;

/**
 * The requests that Uppy’s plugin `@uppy/aws-s3` makes of a Companion server, so that browsers upload to the bucket itself: mount it below
 * the plugin's `endpoint`. The server chooses the key; type and size are bound by the signatures; of an upload in parts, id, key and user
 * belong together. It is completed only with all its parts, and never over another file.
 *
 * The plugin does not say how large a file is, which is needed for parts: have it put into the metadata,
 * `uppy.on('file-added', ({ id, size }) => uppy.setFileMeta(id, { size }))`.
 * @throws StorageError `InvalidArgument`.
 */
export function ticketHandler(options: TicketHandlerOptions): HttpHandler {
  const tickets = new Tickets(options);
  return async (request) => {
    try {
      return await tickets.answer(request);
    } catch (error) {
      if (!isStorageError(error)) throw error;
      return isStorageError(error, 'NotFound')
        ? problem(404, { code: error.code })
        : errorResponse(error);
    }
  };
}

class Tickets {
  readonly #options: TicketHandlerOptions;
  readonly #tokens: UploadTokens;
  readonly #allowed: (contentType: string) => boolean;

  constructor(options: TicketHandlerOptions) {
    this.#options = options;
    this.#tokens = new UploadTokens(options.secret);
    this.#allowed = options.types === undefined ? () => true : allowedTypes(options.types);
    if (!(options.maxSize >= 0))
      throw new StorageError('InvalidArgument', 'maxSize is a number of bytes');
  }

  async answer(request: HttpRequest): Promise<HttpResponse> {
    const { method, url } = request;
    const [, kind, id, step] = ROUTE.exec(url.pathname) ?? [];
    if (kind === undefined || (kind === 'params' && id !== undefined)) return problem(404);
    const user = await this.#options.authorize(request);
    if (kind === 'params')
      return method === 'GET' ? this.#single(request, user) : methodNotAllowed(['GET']);
    if (id === undefined)
      return method === 'POST' ? this.#begin(request, user) : methodNotAllowed(['POST']);
    const upload = this.#tokens.verify(decoded(id), user, url.searchParams.get('key'));
    if (step === 'complete')
      return method === 'POST' ? this.#complete(request, upload, user) : methodNotAllowed(['POST']);
    if (step !== undefined)
      return method === 'GET' ? this.#part(upload, Number(step)) : methodNotAllowed(['GET']);
    if (method === 'GET') return this.#parts(upload);
    if (method !== 'DELETE') return methodNotAllowed(['GET', 'DELETE']);
    await this.#multipart().abort(upload.key, upload.uploadId);
    return json({});
  }

  /** A file that goes in one request. */
  async #single(request: HttpRequest, user: string): Promise<HttpResponse> {
    const { single = 'post', maxSize, describe, expiresIn } = this.#options;
    const file = this.#checked(proposedByQuery(request, user));
    const { contentType, size } = file;
    const key = await this.#options.key(file);
    const content = { ...describe?.(file), contentType, expiresIn };
    if (single === 'put') {
      const ticket = await this.#ticket(key, {
        ...content,
        type: 'put',
        contentLength: needed(size),
        condition: ABSENT,
      });
      if (ticket.type !== 'put') throw unexpected(ticket);
      return json({ method: 'PUT', url: ticket.url, headers: sendable(ticket.headers), key });
    }
    const range = size === undefined ? { max: maxSize } : { min: size, max: size };
    const ticket = await this.#ticket(key, { ...content, type: 'post', size: range });
    if (ticket.type !== 'post') throw unexpected(ticket);
    return json({ method: 'POST', url: ticket.url, fields: { key, ...ticket.fields } });
  }

  async #begin(request: HttpRequest, user: string): Promise<HttpResponse> {
    const { describe, lifetime = DAY } = this.#options;
    const file = this.#checked(proposedByBody(await jsonBody(request), user));
    const size = needed(file.size);
    const { partSize: preferred = uppyPartSize } = this.#options;
    const key = await this.#options.key(file);
    const ticket = await this.#ticket(key, {
      ...describe?.(file),
      type: 'multipart',
      contentType: file.contentType,
      contentLength: size,
      partSize: preferred(size),
      partNumbers: [],
    });
    if (ticket.type !== 'multipart') throw unexpected(ticket);
    const { uploadId, partSize } = ticket;
    const expires = Date.now() + lifetime * 1000;
    const token = this.#tokens.sign({ key, uploadId, size, partSize, expires }, user);
    return json({ key, uploadId: token });
  }

  async #part(
    { key, uploadId, size, partSize }: BegunUpload,
    number: number,
  ): Promise<HttpResponse> {
    const ticket = await this.#ticket(key, {
      type: 'multipart',
      expiresIn: this.#options.expiresIn,
      contentLength: size,
      ...{ partSize, uploadId },
      partNumbers: [number],
    });
    const [part] = ticket.type === 'multipart' ? ticket.parts : [];
    if (part === undefined) throw unexpected(ticket);
    return json({ url: part.url, headers: sendable(part.headers) });
  }

  async #parts({ key, uploadId }: BegunUpload): Promise<HttpResponse> {
    const parts: { PartNumber: number; ETag: string; Size: number }[] = [];
    for await (const { number, etag, size } of this.#multipart().listParts(key, uploadId))
      parts.push({ PartNumber: number, ETag: etag, Size: size });
    return json(parts);
  }

  async #complete(request: HttpRequest, upload: BegunUpload, user: string): Promise<HttpResponse> {
    const { key, uploadId } = upload;
    const parts = allParts(upload, await jsonBody(request));
    const metadata = await this.#multipart()
      .complete(key, uploadId, parts, { condition: ABSENT })
      .catch((error: unknown) => this.#completedBefore(upload, error));
    const { completed, location = pathOf } = this.#options;
    await completed?.({ user, metadata });
    return json({ location: location(metadata), key });
  }

  /** Where the answer was lost, the upload is gone and the file is there. */
  async #completedBefore({ key, size }: BegunUpload, error: unknown): Promise<FileMetadata> {
    if (!isStorageError(error, 'NotFound')) throw error;
    const metadata = await this.#options.storage.stat(key);
    if (metadata.size !== size) throw error;
    return metadata;
  }

  #checked(file: ProposedFile): ProposedFile {
    const { contentType, size = 0 } = file;
    if (!this.#allowed(contentType))
      throw new StorageError('AccessDenied', `files of type ${contentType} are not taken`);
    if (size > this.#options.maxSize)
      throw new StorageError('TooLarge', `a file has at most ${this.#options.maxSize} bytes`);
    return file;
  }

  async #ticket(key: string, options: UploadTicketOptions): Promise<UploadTicket> {
    const { storage } = this.#options;
    if (storage.createUploadTicket === undefined) throw noTickets();
    return storage.createUploadTicket(key, options);
  }

  #multipart(): MultipartUploads {
    const { multipart } = this.#options.storage;
    if (multipart === undefined) throw noTickets();
    return multipart;
  }
}

/** As the plugin's `getChunkSize`. */
function uppyPartSize(size: number): number {
  return Math.max(5 * MIB, Math.ceil(size / MAX_PARTS));
}

function needed(size: number | undefined): number {
  if (size !== undefined) return size;
  throw new StorageError('InvalidArgument', 'the metadata of the file have no size');
}

/** The parts of a body `{ parts: [{ PartNumber, ETag }] }`: those that make up the whole, and no others. */
function allParts({ size, partSize }: BegunUpload, body: unknown) {
  const { parts: given } = recordOf(body);
  const count = Math.max(1, Math.ceil(size / partSize));
  const parts = (Array.isArray(given) ? given : []).map((part: unknown) => {
    const { PartNumber: number, ETag: etag } = recordOf(part);
    return { number: Number(textOf(number)), etag: parseETag(textOf(etag)) };
  });
  const numbers = new Set(parts.map(({ number }) => number));
  if (
    parts.length === count &&
    numbers.size === count &&
    !numbers.has(0) &&
    Math.max(...numbers) === count
  )
    return parts;
  throw new StorageError('InvalidArgument', `the upload is complete with its ${count} parts`);
}

/** Browsers set the length by themselves, and take no other. */
function sendable(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { 'content-length': _, ...rest } = headers;
  return rest;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

function pathOf({ key }: FileMetadata): string {
  return `/${key.split('/').map(encodeURIComponent).join('/')}`;
}

function noTickets(): StorageError {
  return new StorageError('Unsupported', 'the storage gives out no tickets for uploads');
}

function unexpected({ type }: UploadTicket): StorageError {
  return new StorageError('Unknown', `the storage gave a ticket of type ${type}`);
}

function json(value: unknown): HttpResponse {
  const body = JSON.stringify(value);
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
  };
  return { status: 200, headers, body };
}
