import { commonPrefix, firstKey } from './listing.js';
import type { OrderedKeys } from './ordered-keys.js';
import type { VersionRecord } from './records.js';
import { sequenceOf } from './version-id.js';

export interface VersionListingQuery {
  readonly prefix: string;
  /** Empty: none. */
  readonly delimiter: string;
  /** Only what follows this key, or, with a version id, this version of it; empty: from the start. */
  readonly keyMarker: string;
  readonly versionIdMarker: string | undefined;
  readonly maximum: number;
}

export type VersionEntry =
  | { readonly type: 'version'; readonly version: VersionRecord; readonly isLatest: boolean }
  | { readonly type: 'prefix'; readonly prefix: string };

export interface VersionListing {
  readonly entries: readonly VersionEntry[];
  /** Where the next page begins; undefined on the last page. */
  readonly next: { readonly key: string; readonly versionId: string | undefined } | undefined;
}

/** One page: keys in the order of their bytes, the versions of a key from the newest to the oldest. */
export function listVersionsPage(
  keys: OrderedKeys<readonly VersionRecord[]>,
  query: VersionListingQuery,
): VersionListing {
  const { prefix, delimiter, keyMarker, versionIdMarker, maximum } = query;
  const entries: VersionEntry[] = [];
  let next: VersionListing['next'];
  const isFull = () => entries.length >= maximum;
  const page = (): VersionListing => ({ entries, next: maximum > 0 ? next : undefined });
  if (versionIdMarker !== undefined && commonPrefix(keyMarker, prefix, delimiter) === undefined) {
    for (const entry of versionsOf(keys, keyMarker, versionIdMarker)) {
      if (isFull()) return page();
      entries.push(entry);
      next = markerOf(entry);
    }
  }
  let key = firstKey(keys, prefix, delimiter, keyMarker);
  while (key?.startsWith(prefix)) {
    const common = commonPrefix(key, prefix, delimiter);
    const found: readonly VersionEntry[] =
      common === undefined ? versionsOf(keys, key) : [{ type: 'prefix', prefix: common }];
    for (const entry of found) {
      if (isFull()) return page();
      entries.push(entry);
      next = markerOf(entry);
    }
    key = common === undefined ? keys.next(key) : keys.next(common, common);
  }
  return { entries, next: undefined };
}

function versionsOf(
  keys: OrderedKeys<readonly VersionRecord[]>,
  key: string,
  after?: string,
): VersionEntry[] {
  const versions = keys.get(key) ?? [];
  const entries = versions.map(
    (version, index): VersionEntry => ({ type: 'version', version, isLatest: index === 0 }),
  );
  if (after === undefined) return entries;
  // The marker itself may be gone by now; its id still tells what is older. That of `null` does not.
  const marker = versions.find(({ versionId }) => versionId === after);
  const sequence = marker?.sequence ?? sequenceOf(after) ?? 0;
  return entries.filter((_, index) => (versions[index]?.sequence ?? 0) < sequence);
}

function markerOf(entry: VersionEntry): { key: string; versionId: string | undefined } {
  return entry.type === 'prefix'
    ? { key: entry.prefix, versionId: undefined }
    : { key: entry.version.key, versionId: entry.version.versionId };
}
