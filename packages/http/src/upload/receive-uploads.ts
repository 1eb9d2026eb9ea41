import { createHash } from 'node:crypto';
import {
  compareChecksums,
  isStorageError,
  StorageError,
  type StorageProvider,
  throwIfAborted,
} from '@org/storage-core';
import { parseContentDisposition } from '../answer/content-disposition.js';
import type { HttpRequest } from '../message.js';
import { allowedTypes } from './allowed-types.js';
import { clientChecksums } from './client-checksums.js';
import { formParts, isForm } from './form-parts.js';
import { incomingBody } from './incoming-body.js';
import { type Outcome, type SentFile, type Storing, storeFile } from './store-file.js';
import { type Limits, limitsOf } from './upload-limits.js';
import type {
  ReceivedUploads,
  ReceiveUploadsOptions,
  RejectedUpload,
  StoredUpload,
} from './upload-options.js';

const NO_FIELDS = new URLSearchParams();

/**
 * Streams the files of a request into a storage: those of a `multipart/form-data` body, or any other body as one file, whose name is that of
 * the header `Content-Disposition`. The client is read at the storage's pace; a chunk at a time is in memory, and what the
 * storage holds.
 *
 * A file that is rejected does not keep the others from being stored. Where the request itself fails (it breaks off, is malformed,
 * goes beyond a limit of the whole, is too slow), nothing of it stays: files that were stored already are deleted again, the version that
 * was stored where the storage can do that.
 * @throws StorageError `InvalidArgument`, `TooLarge`, `Timeout`, `Aborted`, `ChecksumMismatch`, `Unsupported` for an encoded body, and what
 * `authorize` throws.
 */
export async function receiveUploads(
  request: HttpRequest,
  options: ReceiveUploadsOptions,
): Promise<ReceivedUploads> {
  const limits = limitsOf(options.limits);
  const allowed = options.types === undefined ? () => true : allowedTypes(options.types);
  await options.authorize?.(request);
  refuseEncoded(request);
  const { overwrite = false } = options;
  const storing: Storing = {
    ...options,
    allowed,
    fileSize: limits.fileSize,
    condition: overwrite ? undefined : { type: 'absent' },
    signal: request.signal,
  };
  const received = new Received();
  try {
    if (isForm(request)) await receiveForm(request, limits, options, storing, received);
    else await receiveBody(request, limits, options, storing, received);
    throwIfAborted(request.signal); // who has gone will send all again
    return received;
  } catch (error) {
    if (!overwrite) await takeBack(options.storage, received.files);
    throw error;
  }
}

class Received implements ReceivedUploads {
  readonly files: StoredUpload[] = [];
  readonly fields = new URLSearchParams();
  readonly rejected: RejectedUpload[] = [];

  add(outcome: Outcome): void {
    if (outcome.type === 'stored') this.files.push(outcome.file);
    if (outcome.type === 'rejected') this.rejected.push(outcome.file);
  }
}

async function receiveForm(
  request: HttpRequest,
  limits: Limits,
  options: ReceiveUploadsOptions,
  storing: Storing,
  received: Received,
): Promise<void> {
  const { sha256 } = clientChecksums(request); // of the body, form and all
  const hash = sha256 === undefined ? undefined : createHash('sha256');
  const on = {
    bytes: progressOf(request, options),
    chunk: (chunk: Uint8Array) => hash?.update(chunk),
  };
  for await (const part of formParts(request, limits, on)) {
    if (part.type === 'field') {
      received.fields.append(part.name, part.value);
      continue;
    }
    const { name: field, filename, contentType, body } = part;
    const fields = new URLSearchParams(received.fields);
    received.add(await storeFile({ field, filename, contentType, fields, body }, storing));
  }
  if (sha256 !== undefined && hash !== undefined)
    compareChecksums({ sha256 }, { sha256: hash.digest('hex') }, 'the form');
}

async function receiveBody(
  request: HttpRequest,
  limits: Limits,
  options: ReceiveUploadsOptions,
  storing: Storing,
  received: Received,
): Promise<void> {
  const length = request.header('content-length');
  const size = length === undefined ? undefined : Number(length);
  let broken: StorageError | undefined;
  async function* body() {
    try {
      yield* incomingBody(request, limits, progressOf(request, options));
    } catch (error) {
      if (isStorageError(error)) broken = error;
      throw error;
    }
  }
  const { filename = '' } = parseContentDisposition(request.header('content-disposition') ?? '');
  const sent: SentFile = {
    field: '',
    filename,
    contentType: request.header('content-type') ?? '',
    fields: NO_FIELDS,
    body: body(),
    size,
    checksums: clientChecksums(request),
  };
  const outcome = await storeFile(sent, storing);
  if (broken !== undefined) throw broken;
  received.add(outcome);
}

function progressOf(request: HttpRequest, { onProgress }: ReceiveUploadsOptions) {
  if (onProgress === undefined) return undefined;
  const length = request.header('content-length');
  const total = length === undefined ? undefined : Number(length);
  return (received: number) => onProgress({ received, total });
}

/** What is compressed would be stored as such, under the type of something else. */
function refuseEncoded(request: HttpRequest): void {
  const encoding = request.header('content-encoding') ?? 'identity';
  if (encoding.toLowerCase() === 'identity') return;
  throw new StorageError('Unsupported', 'send the body without Content-Encoding');
}

/** Files of which nobody was told, at keys that had no file before. */
async function takeBack(storage: StorageProvider, files: readonly StoredUpload[]): Promise<void> {
  const conditional = storage.capabilities.conditionalDelete !== 'absent';
  for (const { key, metadata } of files) {
    const condition = conditional ? ({ type: 'match', etag: metadata.etag } as const) : undefined;
    // One that can't be reached stays, and is what a check of consistency finds; the error of the request is what counts.
    await storage.delete(key, { condition }).catch(() => {});
  }
}
