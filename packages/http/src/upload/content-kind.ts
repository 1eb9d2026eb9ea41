import { contentTypeOf, DEFAULT_CONTENT_TYPE } from '@org/storage-core';
import { extensionOf } from './safe-filename.js';

/** Bytes: what `file-type` looks at by default, https://github.com/sindresorhus/file-type */
export const SAMPLE = 4100;

/** What a content is. */
export interface ContentKind {
  readonly contentType: string;
  /** One that fits the type, in lower case without its dot; `''` if none is known. */
  readonly extension: string;
}

/**
 * What a content is by its first bytes, not by what the client calls it. The name counts only for what bytes can't tell:
 *
 * - which text it is, since none has a signature: a `.csv` or `.html` is what it says if its bytes are text, else it is `text/plain`;
 * - which document a container holds: a ZIP archive named `.docx`.
 *
 * A content without signature that is no text is `application/octet-stream`.
 */
export async function contentKind(sample: Uint8Array, filename: string): Promise<ContentKind> {
  const byName = contentTypeOf(filename);
  const extension = extensionOf(filename);
  if (isTextType(byName) && hasByteOrderMark(sample)) return { contentType: byName, extension }; // else `file-type` hears music
  const { fileTypeFromBuffer, supportedMimeTypes } = await import('file-type'); // ESM only: CommonJS can't require it
  // Bytes that look like a format, and break off, are of no format.
  const found = await fileTypeFromBuffer(sample).catch(() => undefined);
  if (found !== undefined && !isTextType(found.mime)) {
    if (CONTAINERS.get(found.mime)?.test(byName) === true)
      return { contentType: byName, extension };
    const fits = byName === found.mime || extension === found.ext;
    return { contentType: found.mime, extension: fits ? extension : found.ext };
  }
  if (isText(sample) || (sample.byteLength === 0 && isTextType(byName))) {
    if (isTextType(byName)) return { contentType: byName, extension };
    return { contentType: 'text/plain', extension: 'txt' };
  }
  const known = isTextType(byName) || supportedMimeTypes.has(byName as never);
  return { contentType: DEFAULT_CONTENT_TYPE, extension: known ? 'bin' : extension };
}

/** `name` with the extension: in place of one that stands for another type, else behind it. */
export function withExtension(name: string, extension: string): string {
  const current = extensionOf(name);
  if (extension === '' || current === extension) return name;
  const misleads = contentTypeOf(name) !== DEFAULT_CONTENT_TYPE;
  return `${misleads ? name.slice(0, -current.length - 1) : name}.${extension}`;
}

/** https://mimesniff.spec.whatwg.org/#binary-data-byte */
function isText(sample: Uint8Array): boolean {
  if (hasByteOrderMark(sample)) return true;
  return (
    sample.byteLength > 0 &&
    sample.every(
      (byte) => byte > 0x1f || byte === 0x1b || (byte >= 0x09 && byte <= 0x0d && byte !== 0x0b),
    )
  );
}

/** Of UTF-16, either way round, or UTF-8. */
function hasByteOrderMark([a, b, c]: Uint8Array): boolean {
  return (
    (a === 0xfe && b === 0xff) ||
    (a === 0xff && b === 0xfe) ||
    (a === 0xef && b === 0xbb && c === 0xbf)
  );
}

function isTextType(type: string): boolean {
  return /^text\/|[/+](xml|json|javascript|ecmascript|yaml|sql|x-sh|x-httpd-php)$/.test(type);
}

/** Types that are built on others; none of them is one that a browser runs. */
const CONTAINERS: ReadonlyMap<string, RegExp> = new Map([
  [
    'application/zip',
    /^application\/(vnd\.(?!.*\+xml$)|java-archive$|epub\+zip$|x-cbr$|x-xpinstall$|zip$)/,
  ],
  ['application/x-cfb', /^application\/(msword|vnd\.ms-(?!.*\+xml$)|vnd\.visio|x-msdownload$)/],
  ['application/ogg', /^(audio|video)\/ogg$/],
]);
