import { lookup } from 'mime-types';

export const DEFAULT_CONTENT_TYPE = 'application/octet-stream';

/**
 * The content type that a name's extension stands for (`mime-types`, after IANA's and Apache's lists), else
 * `application/octet-stream`. Text gets no charset: the bytes were not looked at.
 */
export function contentTypeOf(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1);
  if (!base.includes('.')) return DEFAULT_CONTENT_TYPE; // `lookup` takes a bare "html" for an extension
  return lookup(base) || DEFAULT_CONTENT_TYPE;
}
