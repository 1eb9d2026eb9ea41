import { isDeepStrictEqual } from 'node:util';
import { ListObjectVersionsCommand, type ListObjectVersionsOutput } from '@aws-sdk/client-s3';
import {
  checkListOptions,
  checkOperationOptions,
  checkVersionOptions,
  compareKeys,
  type FileMetadata,
  type FileVersion,
  type FileVersions,
  type Key,
  keyProblem,
  type OperationOptions,
  parseETag,
  parseKey,
  refuseAbsent,
  StorageError,
} from '@org/storage-core';
import { type Bucket, given, within } from './bucket.js';
import { copyObject } from './copy.js';
import { statusOf } from './failure.js';
import { endless, outOfOrder, unfinished } from './listing-failure.js';
import { storedChecksums } from './metadata.js';
import { BEFORE_READING, onText } from './middleware.js';
import type { Operations } from './operations.js';
import { fileOf, headObject } from './stat.js';
import { decodeName } from './url-encoding.js';

type ListingOptions = OperationOptions & { readonly prefix?: string };

/** What an object has for a version where versioning was off when it was written. */
const UNVERSIONED = 'null';

/** The versions of the files in a bucket. */
export function fileVersions(bucket: () => Bucket, operations: Operations): FileVersions {
  return {
    list: (options = {}) =>
      operations.list('listVersions', undefined, options, () => {
        const { prefix, ...others } = options;
        checkListOptions({ prefix });
        checkOperationOptions(others);
        refuseAbsent(bucket().capabilities, { versions: true });
        return listVersions(bucket(), options);
      }),
    restore: (key, versionId, options = {}) =>
      operations.run('restoreVersion', key, { ...options, versionId }, async () => {
        const parsed = parseKey(key);
        checkOperationOptions(options);
        checkVersionOptions({ versionId });
        refuseAbsent(bucket().capabilities, { versions: true });
        return restoreVersion(bucket(), parsed, versionId, options.signal);
      }),
  };
}

/** A version that is the current one already stays as it is: servers refuse to copy it over itself. */
async function restoreVersion(
  bucket: Bucket,
  key: Key,
  versionId: string,
  signal: AbortSignal | undefined,
): Promise<FileMetadata> {
  const head = await headObject(bucket, key, signal, versionId);
  if (versionId === (await currentVersion(bucket, key, signal))) {
    return fileOf(key, head, given(head.ContentLength, 'Content-Length'), storedChecksums(head));
  }
  return copyObject(bucket, { key, versionId, head }, key, { signal });
}

async function currentVersion(
  bucket: Bucket,
  key: Key,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    return (await headObject(bucket, key, signal)).VersionId ?? UNVERSIONED;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

async function* listVersions(bucket: Bucket, options: ListingOptions): AsyncGenerator<FileVersion> {
  let last: string | undefined;
  for await (const page of pages(bucket, options)) {
    for (const { name, version } of page) {
      if (name === undefined || !name.startsWith(bucket.prefix)) continue;
      if (last !== undefined && compareKeys(name, last) < 0) {
        throw outOfOrder(name, last);
      }
      last = name;
      const key = name.slice(bucket.prefix.length);
      if (keyProblem(key) === undefined) yield version(key as Key); // just checked
    }
  }
}

/** An entry of a page, with its name in the bucket; `undefined` if that is not UTF-8. */
interface Listed {
  readonly name: string | undefined;
  readonly version: (key: Key) => FileVersion;
}

interface Marker {
  readonly KeyMarker: string;
  readonly VersionIdMarker: string | undefined;
}

async function* pages(
  bucket: Bucket,
  { prefix = '', signal }: ListingOptions,
): AsyncGenerator<readonly Listed[]> {
  let marker: Marker | undefined;
  do {
    const command = new ListObjectVersionsCommand({
      Bucket: bucket.name,
      Prefix: bucket.prefix + prefix,
      EncodingType: 'url',
      ...marker,
    });
    let text = '';
    const tell = onText((told) => {
      text = told;
    });
    command.middlewareStack.add(tell, BEFORE_READING);
    const page = await bucket.client.send(command, within(signal));
    const entries = listed(page, text);
    yield entries;
    const next = nextMarker(page, entries);
    if (next !== undefined && isDeepStrictEqual(next, marker)) throw endless();
    marker = next;
  } while (marker !== undefined);
}

function nextMarker(
  page: ListObjectVersionsOutput,
  entries: readonly Listed[],
): Marker | undefined {
  if (!page.IsTruncated) return undefined;
  const { NextKeyMarker, NextVersionIdMarker } = page;
  if (!NextKeyMarker) throw unfinished();
  const name = decoded(page, NextKeyMarker);
  const last = entries.at(-1)?.name;
  // Ceph 18 encodes the names, and not the marker, which is the last of them.
  const inClear = name !== last && NextKeyMarker === last;
  return {
    KeyMarker: inClear ? NextKeyMarker : (name ?? NextKeyMarker),
    VersionIdMarker: NextVersionIdMarker || undefined,
  };
}

/**
 * The entries of a page in the order of the server's answer. The SDK hands out versions and deletions in a list each, which
 * leaves open what came first: their times are no help where they have whole seconds.
 */
function listed(page: ListObjectVersionsOutput, text: string): Listed[] {
  const versions = (page.Versions ?? []).map((version): Listed => {
    const size = given(version.Size, 'size');
    const etag = parseETag(given(version.ETag, 'ETag'));
    return {
      name: decoded(page, given(version.Key, 'key')),
      version: (key) => ({ type: 'file', key, ...described(version), size, etag }),
    };
  });
  const deletions = (page.DeleteMarkers ?? []).map(
    (deletion): Listed => ({
      name: decoded(page, given(deletion.Key, 'key')),
      version: (key) => ({ type: 'deletion', key, ...described(deletion) }),
    }),
  );
  const inOrder = Array.from(text.matchAll(/<(Version|DeleteMarker)[\s>]/g), ([, element]) =>
    (element === 'Version' ? versions : deletions).shift(),
  );
  const complete = versions.length === 0 && deletions.length === 0;
  if (complete) return inOrder.map((entry) => given(entry, 'version'));
  throw new StorageError('Unknown', 'the server’s listing of versions is not as S3 has it');
}

function described(entry: {
  readonly VersionId?: string | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly LastModified?: Date | undefined;
}) {
  return {
    versionId: given(entry.VersionId, 'version id'),
    latest: entry.IsLatest === true,
    lastModified: given(entry.LastModified, 'date'),
  };
}

function decoded(page: ListObjectVersionsOutput, text: string): string | undefined {
  return page.EncodingType === 'url' ? decodeName(text) : text;
}
