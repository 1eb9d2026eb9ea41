import type { FileMetadata } from '@org/storage-core';
import { entityTags, formatTag } from '../download/entity-tag.js';
import type { HttpRequest, HttpResponse } from '../message.js';

/** The answer to an upload, as S3 gives it: by the tag with which a download of the file will be answered. */
export function stored(status: 200 | 204, { url }: HttpRequest, file: FileMetadata): HttpResponse {
  const [tag] = entityTags(file, new Date());
  return {
    status,
    headers: {
      location: url.pathname,
      'cache-control': 'no-store',
      ...(status === 200 ? { 'content-length': '0' } : {}),
      ...(tag === undefined ? {} : { etag: formatTag(tag) }),
    },
  };
}
