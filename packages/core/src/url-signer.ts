import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { contentTypeOf } from './content-type.js';
import { StorageError } from './error.js';
import { type Key, keyProblem, parseKey } from './key.js';
import {
  DEFAULT_EXPIRY,
  type DownloadUrlOptions,
  type PostTicket,
  type PutTicket,
  type SignedUrl,
  type UploadTicketOptions,
} from './ticket.js';
import { checkDownloadUrlOptions, checkUploadTicketOptions } from './ticket-options.js';
import type { UrlGrant } from './url-grant.js';

export interface UrlSigningKey {
  /** Stands in every URL that the key has signed: 1 to 64 letters, digits, `-` and `_`. */
  readonly id: string;
  /** At least 32 bytes of UTF-8, from a source of randomness such as `openssl rand -base64 32`. */
  readonly secret: string;
}

export interface UrlSignerOptions {
  /** Where the handler that verifies is reached, such as `https://example.com/files`; keys are appended as a path. */
  readonly baseUrl: string;
  /**
   * The first one signs, all of them verify. To change the key: put the new one first, and take the old one out when what it
   * has signed has expired.
   */
  readonly keys: readonly UrlSigningKey[];
}

/** A request as it has come in. */
export interface SignedRequest {
  readonly method: string;
  /** With the path as it was sent, whole or from the path on, such as `request.url` of `node:http`. */
  readonly url: string;
  /** Of a form: its field `token`. */
  readonly token?: string | undefined;
  /** Default: now. */
  readonly now?: Date | undefined;
}

/** Bytes, as many as SHA-256 has: https://www.rfc-editor.org/rfc/rfc2104#section-3 */
const MIN_SECRET_BYTES = 32;

/** Characters that servers and proxies are sure to take: https://www.rfc-editor.org/rfc/rfc9110#section-4.1 */
const MAX_URL = 8000;

/** Keeps what is signed here apart from what the same secret may sign elsewhere, and from other forms of it. */
const CONTEXT = 'org.storage.signed-url.1';

/** Methods that each kind of grant is good for. */
const METHODS: Readonly<Record<UrlGrant['type'], readonly string[]>> = {
  download: ['GET', 'HEAD'],
  put: ['PUT'],
  post: ['POST'],
};

/**
 * Signs URLs for providers whose store has none of its own, and verifies them: `https://example.com/files/a/b.txt?token=…`.
 * A token is the id of its key, the terms, and an HMAC-SHA256 over both and the file's key, which is the URL's path. The terms
 * can be read by whoever has the URL, and can't be changed.
 */
export class UrlSigner {
  readonly #base: string;
  readonly #path: string;
  readonly #secrets: ReadonlyMap<string, KeyObject>;
  readonly #signing: string;

  /**
   * @throws StorageError `InvalidArgument`.
   */
  constructor({ baseUrl, keys }: UrlSignerOptions) {
    const { href, pathname } = parseBase(baseUrl);
    this.#base = href.replace(/\/$/, '');
    this.#path = pathname.replace(/\/$/, '');
    this.#secrets = secretsOf(keys);
    const [first] = this.#secrets.keys();
    if (first === undefined) throw invalid('keys has at least one { id, secret }');
    this.#signing = first;
  }

  /**
   * @throws StorageError `InvalidKey`, `InvalidArgument`; `TooLarge` if the URL has more than 8,000 characters.
   */
  createDownloadUrl(key: string, options: DownloadUrlOptions = {}): SignedUrl {
    const parsed = parseKey(key);
    checkDownloadUrlOptions(options);
    const { expiresIn, signal: _, ...terms } = options;
    const expiresAt = expiry(expiresIn);
    return { url: this.#url(parsed, { ...terms, type: 'download', expiresAt }), expiresAt };
  }

  /**
   * The token of a form is its field `token`.
   * @throws StorageError as {@link createDownloadUrl}, and `Unsupported` for the type `multipart`.
   */
  createUploadTicket(key: string, options: UploadTicketOptions = {}): PutTicket | PostTicket {
    const parsed = parseKey(key);
    checkUploadTicketOptions(options);
    if (options.type === 'multipart') {
      throw new StorageError(
        'Unsupported',
        'this store takes no uploads in parts; use a ticket of type put or post',
      );
    }
    const { contentType = contentTypeOf(parsed), expiresIn, signal: _, ...rest } = options;
    const expiresAt = expiry(expiresIn);
    if (rest.type === 'post') {
      const { min = 0, max } = rest.size;
      const terms = { ...rest, size: { min, max }, contentType, expiresAt };
      const url = `${this.#base}/${pathOf(parsed)}`;
      return { type: 'post', url, fields: { token: this.#token(parsed, terms) }, expiresAt };
    }
    const type = 'put';
    const url = this.#url(parsed, { ...rest, type, contentType, expiresAt });
    const { contentLength } = rest;
    const headers = {
      'content-type': contentType,
      ...(contentLength === undefined ? {} : { 'content-length': String(contentLength) }),
    };
    return { type, url, headers, expiresAt };
  }

  /**
   * What a request is allowed to do. To be asked before anything of the request is looked at; `grantedUpload` then holds the
   * upload to it.
   * @throws StorageError `AccessDenied` for a URL or form that was not signed with one of the keys, was changed since, is
   * meant for another method, or has expired.
   */
  verify({ method, url, token, now = new Date() }: SignedRequest): UrlGrant {
    const target = this.#target(url);
    const inForm = token !== undefined;
    const twice = inForm && target?.token !== undefined;
    const grant = target && this.#opened(target.key, token ?? target.token ?? '');
    if (grant === undefined || twice || (grant.type === 'post') !== inForm) {
      throw new StorageError('AccessDenied', 'the URL was not signed here, or was changed since');
    }
    if (!METHODS[grant.type].includes(method))
      throw new StorageError('AccessDenied', `the URL is not good for the method ${method}`);
    if (!(now < grant.expiresAt)) throw new StorageError('AccessDenied', 'the URL has expired');
    return grant;
  }

  #url(key: Key, terms: Terms): string {
    const url = `${this.#base}/${pathOf(key)}?token=${this.#token(key, terms)}`;
    if (url.length <= MAX_URL) return url;
    throw new StorageError(
      'TooLarge',
      `the URL would have ${url.length} characters, and more than ${MAX_URL} don’t reach every server; use fewer metadata and tags, or a ticket of type post`,
    );
  }

  #token(key: Key, terms: Terms): string {
    const written = Buffer.from(canonicalJson(terms)).toString('base64url');
    return `${this.#signing}.${written}.${this.#mac(this.#signing, key, written) ?? ''}`;
  }

  /** The grant of a token, if it is one of ours for this key. */
  #opened(key: Key, token: string): UrlGrant | undefined {
    const [id = '', terms = '', signature = '', ...rest] = token.split('.');
    const expected = this.#mac(id, key, terms);
    if (expected === undefined || rest.length > 0 || !sameText(signature, expected))
      return undefined;
    return grantOf(key, JSON.parse(Buffer.from(terms, 'base64url').toString()));
  }

  /** Over the terms as they are written, since two texts of base64 may stand for the same bytes. */
  #mac(id: string, key: Key, terms: string): string | undefined {
    const secret = this.#secrets.get(id);
    if (secret === undefined) return undefined;
    const signed = JSON.stringify([CONTEXT, id, key, terms]);
    return createHmac('sha256', secret).update(signed).digest('base64url');
  }

  #target(url: string): { readonly key: Key; readonly token: string | undefined } | undefined {
    const [, path = '', token] =
      /^(?:https?:\/\/[^/?#]*)?(\/[^?#]*)(?:\?token=([^&#]*))?$/.exec(url) ?? [];
    if (!path.startsWith(`${this.#path}/`)) return undefined;
    try {
      const key = decodeURIComponent(path.slice(this.#path.length + 1));
      return keyProblem(key) === undefined ? { key: parseKey(key), token } : undefined;
    } catch {
      return undefined; // it is not UTF-8
    }
  }
}

/** What is signed, beside the key. */
type Terms = { readonly type: UrlGrant['type']; readonly expiresAt: Date } & Readonly<
  Record<string, unknown>
>;

/** One text for one value: names are sorted, and those without a value left out. */
function canonicalJson(value: object): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** The signature has been verified: what does not fit was signed by another version of this package. */
function grantOf(key: Key, terms: unknown): UrlGrant | undefined {
  if (typeof terms !== 'object' || terms === null) return undefined;
  if (!('type' in terms) || !('expiresAt' in terms)) return undefined;
  const { type, expiresAt: end, ...options } = terms;
  const expiresAt = new Date(typeof end === 'string' ? end : Number.NaN);
  try {
    if (type === 'download') {
      checkDownloadUrlOptions(options);
      return { ...options, type, key, expiresAt };
    }
    if (type !== 'put' && type !== 'post') return undefined;
    checkUploadTicketOptions({ ...options, type } as UploadTicketOptions);
    return { ...options, type, key, expiresAt } as UrlGrant; // as the check has found it
  } catch {
    return undefined;
  }
}

function parseBase(baseUrl: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || /[?#@]/.test(baseUrl)) {
    throw invalid(
      'baseUrl is the URL of a handler, such as https://example.com/files, without a query, a fragment or a user',
    );
  }
  return url;
}

function secretsOf(keys: readonly UrlSigningKey[]): ReadonlyMap<string, KeyObject> {
  if (!Array.isArray(keys)) throw invalid('keys is a list of { id, secret }');
  const secrets = new Map<string, KeyObject>();
  for (const { id, secret } of keys) {
    if (typeof id !== 'string' || !/^[\w-]{1,64}$/.test(id))
      throw invalid('the id of a key is 1 to 64 letters, digits, "-" and "_"');
    if (secrets.has(id)) throw invalid(`two keys have the id "${id}"`);
    if (typeof secret !== 'string' || Buffer.byteLength(secret) < MIN_SECRET_BYTES)
      throw invalid(`the secret of key "${id}" is text of at least ${MIN_SECRET_BYTES} bytes`);
    secrets.set(id, createSecretKey(secret, 'utf8'));
  }
  return secrets;
}

function expiry(expiresIn = DEFAULT_EXPIRY): Date {
  return new Date(Date.now() + expiresIn * 1000);
}

function pathOf(key: Key): string {
  return key.split('/').map(encodeURIComponent).join('/');
}

function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

function invalid(message: string): StorageError {
  return new StorageError('InvalidArgument', message);
}
