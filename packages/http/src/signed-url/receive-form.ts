import { grantedUpload, StorageError } from '@org/storage-core';
import { problem } from '../answer/problem.js';
import type { HttpRequest, HttpResponse } from '../message.js';
import { formParts, isForm } from '../upload/form-parts.js';
import { limitsOf } from '../upload/upload-limits.js';
import type { SignedUrlHandlerOptions } from './options.js';
import { stored } from './stored.js';

/** Fields before the file, of which one is the token; others are of no account, since the token says what the file will be. */
const FIELDS = 64;

/**
 * The file is the last part of the form.
 * @throws StorageError
 */
export async function receiveForm(
  request: HttpRequest,
  { storage, signer }: SignedUrlHandlerOptions,
): Promise<HttpResponse> {
  if (!isForm(request)) return problem(415);
  const { method, url, signal } = request;
  const limits = limitsOf({ files: 1, fields: FIELDS, totalSize: Number.MAX_SAFE_INTEGER });
  let token = '';
  for await (const part of formParts(request, limits)) {
    if (part.type === 'field') {
      if (part.name === 'token') token = part.value;
      continue;
    }
    const grant = signer.verify({ method, url: url.pathname + url.search, token });
    if (grant.type !== 'post' || part.name !== 'file') break;
    const { body, options } = grantedUpload(grant, { body: part.body });
    return stored(204, request, await storage.upload(grant.key, body, { ...options, signal }));
  }
  throw new StorageError('InvalidArgument', 'the form has no part "file"');
}
