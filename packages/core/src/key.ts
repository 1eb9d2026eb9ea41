import { StorageError } from './error.js';

declare const keyBrand: unique symbol;

/**
 * The name of a file: 1–1,024 bytes of UTF-8, `/`-separated, no empty, `.` or `..` segment, no leading or trailing `/`,
 * no NUL, no lone surrogate. Made by {@link parseKey} only.
 */
export type Key = string & { readonly [keyBrand]: true };

/** S3's limit, https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const MAX_KEY_BYTES = 1024;

/** Why `text` is no key, or `undefined` if it is one. */
export function keyProblem(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (text.includes('\0')) return 'it contains a NUL character';
  if (/\p{Surrogate}/u.test(text)) return 'it contains a lone surrogate, which has no UTF-8 form';
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_KEY_BYTES) return `it has ${bytes} bytes of UTF-8; ${MAX_KEY_BYTES} are allowed`;
  if (text.startsWith('/')) return 'it starts with a slash';
  if (text.endsWith('/')) return 'it ends with a slash';
  if (text.includes('//')) return 'it has an empty segment (two slashes in a row)';
  const [, dots] = /(?:^|\/)(\.\.?)(?:\/|$)/.exec(text) ?? [];
  return dots === undefined ? undefined : `it has the segment "${dots}"`;
}

/**
 * Checks a key once, at the door. No letter is forbidden beyond the rules of {@link Key}, and nothing is normalised:
 * two Unicode forms of a name are two keys.
 * @throws StorageError `InvalidKey`, with the reason.
 */
export function parseKey(text: string): Key {
  if (typeof text !== 'string') {
    throw new StorageError(
      'InvalidKey',
      `a key is a string, not ${text === null ? 'null' : typeof text}`,
    );
  }
  const problem = keyProblem(text);
  if (problem !== undefined) {
    throw new StorageError('InvalidKey', `${quote(text)} is not a key: ${problem}`, { key: text });
  }
  return text as Key;
}

/** Orders keys as S3 lists them: by their UTF-8 bytes (JavaScript's `<` orders by UTF-16 units, which differs). */
export function compareKeys(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // A surrogate stands for a code point above the whole Basic Multilingual Plane.
    const xHigh = x >= 0xd800 && x <= 0xdfff;
    const yHigh = y >= 0xd800 && y <= 0xdfff;
    if (xHigh !== yHigh) return xHigh ? 1 : -1;
    return x < y ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

function quote(text: string): string {
  const shown = JSON.stringify(text);
  return shown.length > 120 ? `${shown.slice(0, 117)}…"` : shown;
}
