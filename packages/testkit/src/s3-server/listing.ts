import { compareKeys, type OrderedKeys } from './ordered-keys.js';
import type { ObjectRecord } from './records.js';

export interface ListingQuery {
  readonly prefix: string;
  /** Empty: none. */
  readonly delimiter: string;
  /** Only keys and common prefixes after this one; empty: from the start. */
  readonly after: string;
  readonly maximum: number;
}

export interface Listing<Value> {
  /** Objects and common prefixes together, in the order of their UTF-8 bytes. */
  readonly entries: readonly ListingEntry<Value>[];
  readonly truncated: boolean;
  /** The last entry, after which the next page begins. */
  readonly last: string | undefined;
}

type ListingEntry<Value> =
  | { readonly type: 'object'; readonly value: Value }
  | { readonly type: 'prefix'; readonly prefix: string };

/** One page. A common prefix counts as one entry, and its keys are leapt over by binary search. */
export function listPage(
  objects: OrderedKeys<ObjectRecord>,
  { prefix, delimiter, after, maximum }: ListingQuery,
): Listing<ObjectRecord> {
  const entries: ListingEntry<ObjectRecord>[] = [];
  let last: string | undefined;
  let key = firstKey(objects, prefix, delimiter, after);
  while (key?.startsWith(prefix)) {
    if (entries.length >= maximum) return { entries, truncated: maximum > 0, last };
    const common = commonPrefix(key, prefix, delimiter);
    if (common === undefined) {
      const value = objects.get(key);
      if (value) entries.push({ type: 'object', value });
      last = key;
      key = objects.next(key);
    } else {
      entries.push({ type: 'prefix', prefix: common });
      last = common;
      key = objects.next(common, common);
    }
  }
  return { entries, truncated: false, last };
}

/** The key with which a page begins. */
export function firstKey(
  objects: OrderedKeys<unknown>,
  prefix: string,
  delimiter: string,
  after: string,
): string | undefined {
  const first = objects.first(prefix);
  if (after === '' || first === undefined) return first;
  // Whatever lies in a common prefix counts as that prefix, so that a page goes on behind all of its keys.
  const common = after.startsWith(prefix) ? commonPrefix(after, prefix, delimiter) : undefined;
  const next = common === undefined ? objects.next(after) : objects.next(common, common);
  if (next === undefined) return undefined;
  return compareKeys(first, next) > 0 ? first : next;
}

export function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

/** How keys are written in listings with encoding-type=url. */
export function urlEncode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2A', '*')
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+');
}
