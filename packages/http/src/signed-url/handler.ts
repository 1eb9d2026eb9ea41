import { grantedDownload, grantedMetadata, isStorageError } from '@org/storage-core';
import { errorResponse } from '../answer/error-response.js';
import { methodNotAllowed } from '../answer/problem.js';
import { answerFile } from '../download/download.js';
import type { HttpHandler, HttpRequest, HttpResponse } from '../message.js';
import type { SignedUrlHandlerOptions } from './options.js';
import { receiveForm } from './receive-form.js';
import { receivePut } from './receive-put.js';

const METHODS = ['GET', 'HEAD', 'PUT', 'POST'];

/**
 * Serves what a `UrlSigner` has signed: downloads, and uploads by PUT and by a form, each held to what was granted. It goes where the signer's
 * `baseUrl` leads, on the path as the client sends it.
 */
export function signedUrlHandler(options: SignedUrlHandlerOptions): HttpHandler {
  return async (request) => {
    if (!METHODS.includes(request.method)) return methodNotAllowed(METHODS);
    try {
      if (request.method === 'POST') return await receiveForm(request, options);
      if (request.method === 'PUT') return await receivePut(request, options);
      return await send(request, options);
    } catch (error) {
      if (!isStorageError(error)) throw error;
      return errorResponse(error, request);
    }
  };
}

async function send(
  request: HttpRequest,
  { storage, signer, untrusted, headers }: SignedUrlHandlerOptions,
): Promise<HttpResponse> {
  const { method, url } = request;
  const grant = signer.verify({ method, url: url.pathname + url.search });
  if (grant.type !== 'download') return methodNotAllowed([grant.type.toUpperCase()]);
  return answerFile({
    storage,
    key: grant.key,
    request,
    options: {
      untrusted,
      ...grantedDownload(grant),
      headers: { 'referrer-policy': 'no-referrer', ...headers }, // the URL is a secret
    },
    describe: (file) => grantedMetadata(grant, file),
  });
}
