import {
  checkUploadOptions,
  contentTypeOf,
  DEFAULT_CONTENT_TYPE,
  discardBody,
  parseKey,
} from '@org/storage-core';
import { about } from './around.js';
import { sampled } from './content-sample.js';
import { placed } from './failure.js';
import { defineLayer, type Layer } from './layer.js';

/** Bytes: what `file-type` looks at by default, https://github.com/sindresorhus/file-type */
const SAMPLE = 4100;

/**
 * Gives an upload without `contentType` that of its bytes, as `file-type` knows them by their signature, else what the key's
 * extension stands for, else `application/octet-stream`.
 *
 * Where the two differ, the bytes are right: a PNG named `page.html` is `image/png`. But:
 *
 * - Text is never told from its bytes: HTML, SVG, scripts and JSON have no signature, and XML, whose declaration `file-type`
 *   knows, may be any of them. What bytes say of text counts only where the name says nothing, so that nobody makes a browser run
 *   `notes.txt` by what is in it.
 * - A container leaves it to the name what is in it: a ZIP archive named `a.docx` is a document, since its parts may come after
 *   the bytes that were looked at.
 *
 * It reads up to 4,100 bytes of a stream before the upload begins; none is lost. Bytes, text and a `Blob` stay what they are. Where the
 * store keeps no content types, and for tickets, whose content is not known, it does nothing.
 */
export function detectContentType(): Layer {
  return defineLayer((inner, provider) => ({
    ...inner,
    async upload(key, body, given) {
      if (given?.contentType !== undefined || provider.capabilities.metadata === 'absent')
        return inner.upload(key, body, given);
      const call = { ...about('upload', given, key), body };
      const look = async () => {
        parseKey(key); // what can't be uploaded is not waited for
        checkUploadOptions(given ?? {});
        return sampled(body, SAMPLE, given?.signal);
      };
      const looked = await look().catch((error: unknown) => {
        discardBody(body);
        throw placed(provider, call, error);
      });
      const contentType = chosen(await detected(looked.sample), key);
      if (contentType === undefined) return inner.upload(key, looked.body, given);
      return inner.upload(key, looked.body, { ...given, contentType });
    },
  }));
}

/** By the signature of the bytes. */
async function detected(sample: Uint8Array): Promise<string | undefined> {
  const { fileTypeFromBuffer } = await import('file-type'); // ESM only: CommonJS can't require it
  // Bytes that look like a format, and break off, are no reason to refuse an upload.
  return (await fileTypeFromBuffer(sample).catch(() => undefined))?.mime;
}

/** `undefined` where the provider's own choice is right: it goes by the name. */
function chosen(byBytes: string | undefined, key: string): string | undefined {
  if (byBytes === undefined || typeof key !== 'string') return undefined;
  const byName = contentTypeOf(key);
  if (byName === DEFAULT_CONTENT_TYPE) return byBytes;
  if (isText(byBytes)) return undefined;
  return CONTAINERS.get(byBytes)?.test(byName) ? undefined : byBytes;
}

function isText(type: string): boolean {
  return type.startsWith('text/') || /[/+](xml|json)$/.test(type);
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
