import { isStorageError, type StorageError } from '@org/storage-core';
import { errorResponse } from '../answer/error-response.js';
import { methodNotAllowed, problem } from '../answer/problem.js';
import type { HttpHandler, HttpRequest, HttpResponse } from '../message.js';
import { receiveUploads } from './receive-uploads.js';
import type { ReceivedUploads, ReceiveUploadsOptions, RejectedUpload } from './upload-options.js';

/**
 * Answers POST and PUT by {@link receiveUploads}, with status 201 and
 *
 *     { "files": [{ "key", "field", "filename", "size", "contentType", "etag" }], "rejected": [{ "field", "filename", "code", "reason" }] }
 *
 * Where all files were rejected, the status is that of the first: 415 for its type, 413 for its size, else that of its error. Where
 * there is no file at all, it is 400.
 */
export function uploadHandler(options: ReceiveUploadsOptions): HttpHandler {
  return async (request) => {
    if (request.method !== 'POST' && request.method !== 'PUT')
      return methodNotAllowed(['POST', 'PUT']);
    try {
      return answer(await receiveUploads(request, options));
    } catch (error) {
      if (!isStorageError(error)) throw error;
      return failed(error, request);
    }
  };
}

function answer({ files, rejected }: ReceivedUploads): HttpResponse {
  const [first] = rejected;
  if (files.length === 0 && first === undefined)
    return problem(400, { code: 'InvalidArgument', detail: 'there is no file in the request' });
  const status = files.length > 0 || first === undefined ? 201 : statusOf(first);
  const body = JSON.stringify({
    files: files.map(({ key, field, filename, metadata: { size, contentType, etag } }) => ({
      ...{ key, field, filename },
      ...{ size, contentType, etag },
    })),
    rejected: rejected.map(({ field, filename, error: { code }, reason }) => ({
      ...{ field, filename },
      ...{ code, reason },
    })),
  });
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
  };
  return { status, headers, body };
}

function statusOf({ reason, error }: RejectedUpload): number {
  return reason === 'type' ? 415 : errorResponse(error).status;
}

function failed(error: StorageError, request: HttpRequest): HttpResponse {
  if (error.code === 'Timeout') return problem(408, { code: error.code });
  if (error.code === 'Unsupported') return problem(415, { code: error.code });
  return errorResponse(error, request);
}
