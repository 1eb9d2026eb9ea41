import type { FileMetadata } from '@org/storage-core';
import type { HttpRequest } from '../message.js';
import { type EntityTag, entityTags, formatTag, matchingTag, parseTags } from './entity-tag.js';
import { httpSeconds, parseHttpDate } from './http-date.js';

/** What the headers of a request say about the version that the client has or wants. */
export interface Verdict {
  readonly outcome: 'proceed' | 'not-modified' | 'failed';
  /** The tag to answer with: that by which the client knows the file, if it is one of its names. */
  readonly etag: string;
  /** Whether a `Range` counts: the client's part and the file are of one version, as far as it has asked for that. */
  readonly range: boolean;
}

/**
 * Preconditions in the order of https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2, for GET and HEAD.
 */
export function evaluate(
  request: Pick<HttpRequest, 'method' | 'header'>,
  file: FileMetadata,
  now = new Date(),
): Verdict {
  const tags = entityTags(file, now);
  const [canonical] = tags;
  const verdict = (outcome: Verdict['outcome'], known?: EntityTag, range = false): Verdict => ({
    outcome,
    etag: formatTag(known ?? canonical ?? { opaque: '""', weak: true }),
    range,
  });
  const modified = httpSeconds(file.lastModified);

  const ifMatch = request.header('if-match');
  let known: EntityTag | undefined;
  if (ifMatch !== undefined) {
    const asked = parseTags(ifMatch);
    if (asked !== '*') {
      known = matchingTag(tags, asked, 'strong');
      if (known === undefined) return verdict('failed');
    }
  } else {
    const since = dateOf(request, 'if-unmodified-since', now);
    if (since !== undefined && modified > since) return verdict('failed');
  }

  const ifNoneMatch = request.header('if-none-match');
  if (ifNoneMatch !== undefined) {
    const asked = parseTags(ifNoneMatch);
    if (asked === '*') return verdict('not-modified', known);
    const same = matchingTag(tags, asked, 'weak');
    if (same !== undefined) return verdict('not-modified', same);
  } else {
    const since = dateOf(request, 'if-modified-since', now);
    if (since !== undefined && modified <= since) return verdict('not-modified', known);
  }

  const ifRange = request.header('if-range');
  if (request.method !== 'GET' || request.header('range') === undefined)
    return verdict('proceed', known);
  if (ifRange === undefined) return verdict('proceed', known, true);
  if (/^(?:W\/)?"/.test(ifRange)) {
    const asked = parseTags(ifRange);
    const same = asked === '*' ? undefined : matchingTag(tags, asked, 'strong');
    return verdict('proceed', same ?? known, same !== undefined);
  }
  const date = parseHttpDate(ifRange, now);
  const settled = httpSeconds(now) > modified; // else the file may change again within the second
  return verdict('proceed', known, date === modified && settled);
}

function dateOf(request: Pick<HttpRequest, 'header'>, name: string, now: Date): number | undefined {
  const value = request.header(name);
  return value === undefined ? undefined : parseHttpDate(value, now);
}
