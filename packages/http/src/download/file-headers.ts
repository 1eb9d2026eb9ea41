import { DEFAULT_CONTENT_TYPE, type FileMetadata } from '@org/storage-core';
import {
  contentDisposition,
  type Disposition,
  type DispositionType,
  parseContentDisposition,
} from '../answer/content-disposition.js';
import { isHeaderValue } from '../answer/header-value.js';
import { contentPolicy } from './content-policy.js';
import type { DownloadAnswerOptions } from './options.js';

/** A file behind a login: kept by the browser alone, which asks each time whether it is still good, and still allowed. */
const CACHE_CONTROL = 'private, no-cache';

/** How a file is described, whoever sends its bytes. Each value can stand in a header. */
export interface FileHeaders {
  readonly contentType: string;
  readonly contentDisposition: string;
  readonly cacheControl: string;
  readonly contentSecurityPolicy: string | undefined;
}

export function fileHeaders(file: FileMetadata, options: DownloadAnswerOptions): FileHeaders {
  const { untrusted = true } = options;
  const contentType = header(file.contentType) ?? DEFAULT_CONTENT_TYPE;
  const { inline, policy } = contentPolicy(contentType);
  const { type, filename } = dispositionOf(file, options.disposition);
  const shown: DispositionType = untrusted && !inline ? 'attachment' : type;
  return {
    contentType,
    contentDisposition: contentDisposition(shown, filename),
    cacheControl: header(options.cacheControl) ?? header(file.cacheControl) ?? CACHE_CONTROL,
    contentSecurityPolicy: untrusted ? policy : undefined,
  };
}

/** What the caller says, else what is stored with the file, else its key. */
function dispositionOf(
  { key, contentDisposition: stored }: FileMetadata,
  wanted: DownloadAnswerOptions['disposition'],
): Disposition {
  const own = stored === undefined ? undefined : parseContentDisposition(stored);
  const given = typeof wanted === 'string' ? { type: wanted } : wanted;
  return {
    type: given?.type ?? own?.type ?? 'inline',
    filename: given?.filename ?? own?.filename ?? key.slice(key.lastIndexOf('/') + 1),
  };
}

/** What somebody else has stored may be no header. */
function header(value: string | undefined): string | undefined {
  return value !== undefined && isHeaderValue(value) ? value : undefined;
}
