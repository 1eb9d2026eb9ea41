import {
  type FileMetadata,
  isStorageError,
  type SignedUrl,
  type StorageProvider,
} from '@org/storage-core';
import type { HttpRequest, HttpResponse } from '../message.js';
import type { FileHeaders } from './file-headers.js';
import type { DownloadAnswerOptions } from './options.js';

/**
 * The answer that sends a client to the store, which then describes the file as it would have been described here; `undefined` where the
 * file is to be answered here. A signed URL is good for GET alone, so that HEAD is.
 */
export async function redirected(
  storage: StorageProvider,
  file: FileMetadata,
  described: FileHeaders,
  request: HttpRequest,
  { redirect, versionId }: DownloadAnswerOptions,
): Promise<HttpResponse | undefined> {
  if (redirect === undefined || redirect === false || request.method !== 'GET') return undefined;
  const { expiresIn, from = 0, origins } = redirect;
  if (storage.createDownloadUrl === undefined || file.size < from) return undefined;
  const { contentType, contentDisposition, cacheControl } = described;
  let signed: SignedUrl;
  try {
    signed = await storage.createDownloadUrl(file.key, {
      ...{ expiresIn, versionId, signal: request.signal },
      ...{ contentType, contentDisposition, cacheControl },
    });
  } catch (error) {
    if (isStorageError(error, 'Unsupported')) return undefined;
    throw error;
  }
  if (origins !== undefined && !origins.includes(new URL(signed.url).origin)) return undefined;
  return {
    status: 302,
    headers: {
      location: signed.url,
      'cache-control': redirectCaching(cacheControl, signed.expiresAt),
      'referrer-policy': 'no-referrer',
      'content-length': '0',
    },
  };
}

/**
 * No longer than the file itself may be kept, nor than half of the time for which the URL is good, so that a download begins in time; and by
 * nobody but the browser, since the URL is a permission.
 */
function redirectCaching(cacheControl: string, expiresAt: Date): string {
  const [, maxAge] = /(?:^|[\s,])max-age=(\d+)/i.exec(cacheControl) ?? [];
  if (maxAge === undefined || /no-store|no-cache/i.test(cacheControl)) return 'no-store';
  const left = Math.floor((expiresAt.getTime() - Date.now()) / 2_000);
  return `private, max-age=${Math.max(0, Math.min(Number(maxAge), left))}`;
}
