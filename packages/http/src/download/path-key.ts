import { keyProblem } from '@org/storage-core';
import type { HttpRequest } from '../message.js';

/**
 * Takes keys from paths: for `keyBelow('/files/')`, the path `/files/a/b%20c.txt` is the key `a/b c.txt`. What is no key, or could be
 * read as another one on the way here (an encoded slash), gives `undefined`.
 */
export function keyBelow(
  prefix: string,
): (request: Pick<HttpRequest, 'url'>) => string | undefined {
  return ({ url }) => {
    if (!url.pathname.startsWith(prefix)) return undefined;
    return decodedPath(url.pathname.slice(prefix.length));
  };
}

/** A path without the percent encoding, if that leaves its segments what they are. */
export function decodedPath(path: string): string | undefined {
  try {
    const segments = path.split('/').map(decodeURIComponent);
    if (segments.some((segment) => segment.includes('/'))) return undefined;
    const key = segments.join('/');
    return keyProblem(key) === undefined ? key : undefined;
  } catch {
    return undefined; // it is not UTF-8
  }
}
