import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { S3Request } from './request.js';

/**
 * AWS Signature Version 4 by S3's rules: names and values are encoded once, and the path is not normalised.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */

export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const EMPTY_SHA256 = createHash('sha256').digest('hex');

export interface Scope {
  /** YYYYMMDD */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** What a chunk's signature is computed from, beside the chunk. */
export interface SigningContext {
  readonly key: Buffer;
  /** YYYYMMDD'T'HHMMSS'Z' */
  readonly timestamp: string;
  readonly scope: Scope;
  readonly signature: string;
}

export function scopeText(scope: Scope): string {
  return `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
}

export function signingKey(secret: string, scope: Scope): Buffer {
  const date = hmac(`AWS4${secret}`, scope.date);
  return hmac(hmac(hmac(date, scope.region), scope.service), 'aws4_request');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

export function sign(key: Buffer, stringToSign: string): string {
  return hmac(key, stringToSign).toString('hex');
}

export function sameSignature(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Node gives header values as Latin-1 characters, one for each byte sent, so the hash is taken over those bytes. */
export function canonicalRequest(
  request: S3Request,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  const headers = signedHeaders
    .map((name) => `${name}:${request.headers.sentValues(name).map(trimmed).join(',')}\n`)
    .join('');
  return [
    request.method,
    encode(request.path, true),
    canonicalQuery(request),
    headers,
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
}

export function stringToSign(timestamp: string, scope: Scope, canonical: string): string {
  const hash = createHash('sha256').update(canonical, 'latin1').digest('hex');
  return [ALGORITHM, timestamp, scopeText(scope), hash].join('\n');
}

function canonicalQuery(request: S3Request): string {
  return request.query.parameters
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name, false), encode(value, false)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => order(nameA, nameB) || order(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function order(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function trimmed(value: string): string {
  return value.trim().replace(/ +/g, ' ');
}

/** Percent-encodes every byte but the unreserved characters of RFC 3986, and `/` in a path. */
function encode(text: string, path: boolean): string {
  const encoded = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return path ? encoded.replaceAll('%2F', '/') : encoded;
}
