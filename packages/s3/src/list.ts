import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import {
  compareKeys,
  type Key,
  keyProblem,
  type ListEntry,
  type ListOptions,
  parseETag,
} from '@org/storage-core';
import { type Bucket, given } from './bucket.js';
import { checkListing, endless, outOfOrder, unfinished } from './listing-failure.js';
import { isTrial, RESERVED } from './trial/name.js';
import { decodeName, printableName } from './url-encoding.js';

/** An object or a common prefix of a page. */
interface Listed {
  /** In the bucket; `undefined` if it is not UTF-8. */
  readonly name: string | undefined;
  /** For people. */
  readonly shown: string;
  readonly entry: (name: string) => ListEntry;
}

/**
 * Entries in the order of the bytes of their names, a page of 1,000 in memory at a time. What trials of the bucket have left is none of
 * them, unless the prefix asks for it.
 */
export async function* listFiles(bucket: Bucket, options: ListOptions): AsyncGenerator<ListEntry> {
  const { prefix = '', startAfter = '', onSkip } = options;
  const asked = prefix.startsWith(RESERVED);
  let last: string | undefined;
  for await (const page of pages(bucket, options)) {
    for (const { name, shown, entry } of merged(page)) {
      const path = shown.slice(bucket.prefix.length);
      if (name === undefined) {
        onSkip?.({ reason: 'invalid-name', path, detail: 'its name is not UTF-8' });
        continue;
      }
      if (last !== undefined && compareKeys(name, last) <= 0) {
        throw outOfOrder(name, last);
      }
      last = name;
      const text = name.slice(bucket.prefix.length);
      if (startAfter !== '' && compareKeys(text, startAfter) <= 0) continue;
      if (!asked && isTrial(text)) continue;
      const listed = entry(text);
      const problem = keyProblem(listed.type === 'file' ? text : text.slice(0, -1));
      if (problem === undefined) yield listed;
      else onSkip?.({ reason: 'invalid-name', path, detail: problem });
    }
  }
}

async function* pages(
  bucket: Bucket,
  options: ListOptions,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  const { prefix = '', delimiter, startAfter = '', signal } = options;
  // Not all servers take a NUL. What comes too much without it is passed over, one by one.
  const [after] = startAfter.split('\0', 1);
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await bucket.requests.listObjects(
      {
        Bucket: bucket.name,
        Prefix: bucket.prefix + prefix,
        Delimiter: delimiter,
        EncodingType: 'url',
        ContinuationToken: token,
        StartAfter: token !== undefined || !after ? undefined : bucket.prefix + after,
      },
      { signal },
    );
    checkListing(page.Name, page.IsTruncated, page.Contents, page.CommonPrefixes);
    yield page;
    const next: string | undefined = page.IsTruncated ? page.NextContinuationToken : undefined;
    if (page.IsTruncated && !next) throw unfinished();
    if (next !== undefined && next === token) throw endless();
    token = next;
  } while (token !== undefined);
}

/** Objects and common prefixes of a page in one order. */
function merged(page: ListObjectsV2CommandOutput): Listed[] {
  const encoded = page.EncodingType === 'url';
  const listed = (text: string, entry: Listed['entry']): Listed => {
    const name = encoded ? decodeName(text) : text;
    return { name, shown: name ?? printableName(text), entry };
  };
  const files = (page.Contents ?? []).map((object) =>
    listed(given(object.Key, 'key'), (key) => ({
      type: 'file',
      key: key as Key, // checked before it is handed out
      size: given(object.Size, 'size'),
      etag: parseETag(given(object.ETag, 'ETag')),
      lastModified: given(object.LastModified, 'date'),
    })),
  );
  const prefixes = (page.CommonPrefixes ?? []).map(({ Prefix }) =>
    listed(given(Prefix, 'prefix'), (prefix) => ({ type: 'prefix', prefix })),
  );
  if (prefixes.length === 0) return files;
  return [...files, ...prefixes].sort((a, b) => compareKeys(a.name ?? '', b.name ?? ''));
}
