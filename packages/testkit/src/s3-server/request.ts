import type { IncomingMessage } from 'node:http';
import { S3Error } from './error.js';

/** Header values as sent, by lower-case name; repeated headers are joined with a comma, as SigV4 wants them. */
export class RequestHeaders {
  readonly #sent = new Map<string, string[]>();
  readonly #hoisted: ReadonlyMap<string, string>;

  /** `hoisted`: x-amz-* headers that a presigned URL carries in its query; they count where none was sent. */
  constructor(rawHeaders: readonly string[], hoisted: ReadonlyMap<string, string>) {
    this.#hoisted = hoisted;
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      const name = (rawHeaders[index] as string).toLowerCase();
      const value = rawHeaders[index + 1] as string;
      const values = this.#sent.get(name);
      if (values) values.push(value);
      else this.#sent.set(name, [value]);
    }
  }

  get(name: string): string | undefined {
    return this.#sent.get(name)?.join(',') ?? this.#hoisted.get(name);
  }

  has(name: string): boolean {
    return this.#sent.has(name) || this.#hoisted.has(name);
  }

  /** All names and values, hoisted ones too, whose name begins with `prefix`. */
  startingWith(prefix: string): [name: string, value: string][] {
    return [...new Set([...this.#sent.keys(), ...this.#hoisted.keys()])]
      .filter((name) => name.startsWith(prefix))
      .map((name) => [name, this.get(name) ?? '']);
  }

  /** As sent, without hoisted ones. */
  sentValues(name: string): readonly string[] {
    return this.#sent.get(name) ?? [];
  }

  sentNames(): IterableIterator<string> {
    return this.#sent.keys();
  }
}

/** Decoded query parameters in the order sent. */
export class RequestQuery {
  readonly parameters: readonly (readonly [name: string, value: string])[];

  constructor(raw: string) {
    this.parameters = raw
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const equals = pair.indexOf('=');
        const name = equals < 0 ? pair : pair.slice(0, equals);
        return [decode(name, true), equals < 0 ? '' : decode(pair.slice(equals + 1), true)];
      });
  }

  get(name: string): string | undefined {
    return this.parameters.find(([candidate]) => candidate === name)?.[1];
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }
}

export interface S3Request {
  /** Sent back as x-amz-request-id. */
  readonly id: string;
  readonly method: string;
  /** The decoded path of the URL. */
  readonly path: string;
  readonly query: RequestQuery;
  readonly headers: RequestHeaders;
  /** Undefined for the service itself. */
  readonly bucket: string | undefined;
  /** Undefined for a bucket or the service itself. */
  readonly key: string | undefined;
  readonly message: IncomingMessage;
}

/** `hostSuffixes`: names under which buckets are sub-domains, for instance `localhost`. */
export function parseRequest(
  message: IncomingMessage,
  id: string,
  hostSuffixes: readonly string[],
): S3Request {
  const target = message.url ?? '/';
  const question = target.indexOf('?');
  const path = decode(question < 0 ? target : target.slice(0, question), false);
  const query = new RequestQuery(question < 0 ? '' : target.slice(question + 1));
  const headers = new RequestHeaders(message.rawHeaders, hoistedHeaders(query));
  const { bucket, key } = resource(path, bucketOfHost(headers.get('host') ?? '', hostSuffixes));
  return { id, method: message.method ?? 'GET', path, query, headers, bucket, key, message };
}

function resource(
  path: string,
  hostBucket: string | undefined,
): { bucket: string | undefined; key: string | undefined } {
  if (!path.startsWith('/')) throw new S3Error('InvalidURI', undefined, { URI: path });
  if (hostBucket !== undefined) {
    return { bucket: hostBucket, key: path.length > 1 ? path.slice(1) : undefined };
  }
  const slash = path.indexOf('/', 1);
  const bucket = slash < 0 ? path.slice(1) : path.slice(1, slash);
  const key = slash < 0 ? '' : path.slice(slash + 1);
  return { bucket: bucket === '' ? undefined : bucket, key: key === '' ? undefined : key };
}

function bucketOfHost(host: string, suffixes: readonly string[]): string | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  for (const suffix of suffixes) {
    if (name.endsWith(`.${suffix}`)) return name.slice(0, -suffix.length - 1);
  }
  return undefined;
}

/** Percent-decodes to UTF-8; in a query `+` stands for a space, in a path for itself. */
function decode(text: string, inQuery: boolean): string {
  try {
    return decodeURIComponent(inQuery ? text.replaceAll('+', ' ') : text);
  } catch (cause) {
    throw new S3Error('InvalidURI', undefined, { URI: text }, cause);
  }
}

const SIGNATURE_PARAMETERS =
  /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256)$/;

function hoistedHeaders(query: RequestQuery): ReadonlyMap<string, string> {
  if (!query.has('X-Amz-Algorithm')) return new Map();
  return new Map(
    query.parameters
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => name.startsWith('x-amz-') && !SIGNATURE_PARAMETERS.test(name)),
  );
}
