import {
  type CompletedPart,
  CopyObjectCommand,
  GetObjectTaggingCommand,
  type HeadObjectCommandOutput,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import {
  type CopyOptions,
  type FileMetadata,
  isStorageError,
  type Key,
  parseETag,
  StorageError,
} from '@org/storage-core';
import { type Bucket, given, type ObjectName, objectName, within } from './bucket.js';
import { matchHeader } from './condition.js';
import { encodeTags, storedChecksums } from './metadata.js';
import { abortUpload, completeCommand, createCommand } from './multipart.js';
import { fittedPartSize } from './part-size.js';
import { fileOf, headObject, statFile } from './stat.js';
import { encodeName } from './url-encoding.js';

/** Bytes of a part that is copied within the server: they don't pass through this process. */
const COPY_PART_SIZE = 256 * 1024 ** 2;

/** Copies a file within the bucket: by one request up to `copyThreshold`, else in parts. */
export async function copyFile(
  bucket: Bucket,
  from: Key,
  to: Key,
  options: CopyOptions,
): Promise<FileMetadata> {
  if (options.condition !== undefined) {
    throw new StorageError(
      'Unsupported',
      'S3 servers ignore a condition on the destination of a copy; upload the content instead',
    );
  }
  const { signal } = options;
  const target = objectName(bucket, to);
  if (from === to) return statFile(bucket, from, signal);
  const head = await headObject(bucket, from, signal);
  const size = given(head.ContentLength, 'Content-Length');
  const inParts = size > bucket.copyThreshold;
  const { Key } = objectName(bucket, from);
  if (inParts && Key.includes('%') && !bucket.profile.copiesPartsOfPercent) {
    throw new StorageError(
      'Unsupported',
      `older servers of this kind can’t copy more than ${bucket.copyThreshold} bytes of a key with a "%"; download and upload it`,
    );
  }
  const source = {
    CopySource: `${bucket.name}/${encodeName(Key)}`,
    CopySourceIfMatch: matchHeader(bucket.profile, parseETag(given(head.ETag, 'ETag'))),
  };
  const copied = inParts
    ? await copyInParts(
        bucket,
        source,
        target,
        head,
        await tagsOf(bucket, from, head, signal),
        signal,
      )
    : await copyWhole(bucket, source, target, signal);
  const { VersionId: _, StorageClass: __, ...described } = head;
  return fileOf(to, { ...described, ...copied }, size, storedChecksums(head));
}

interface CopySource {
  readonly CopySource: string;
  readonly CopySourceIfMatch: string;
}

async function copyWhole(
  bucket: Bucket,
  source: CopySource,
  target: ObjectName,
  signal: AbortSignal | undefined,
) {
  const command = new CopyObjectCommand({
    ...source,
    ...target,
    StorageClass: bucket.storageClass,
  });
  const { CopyObjectResult, VersionId } = await fromPinned(() =>
    bucket.client.send(command, within(signal)),
  );
  const { ETag, LastModified } = given(CopyObjectResult, 'result');
  return { ETag, LastModified, VersionId, StorageClass: bucket.storageClass };
}

async function copyInParts(
  bucket: Bucket,
  source: CopySource,
  target: ObjectName,
  head: HeadObjectCommandOutput,
  tagging: string | undefined,
  signal: AbortSignal | undefined,
) {
  const { ContentType, CacheControl, ContentDisposition, ContentEncoding, ContentLanguage } = head;
  const { Metadata, WebsiteRedirectLocation } = head;
  const headers = {
    ContentType,
    CacheControl,
    ContentDisposition,
    ContentEncoding,
    ContentLanguage,
    Metadata,
    WebsiteRedirectLocation,
    Tagging: tagging,
  };
  const size = given(head.ContentLength, 'Content-Length');
  const created = await bucket.client.send(createCommand(bucket, target, headers));
  const uploadId = given(created.UploadId, 'upload id');
  try {
    const ranges = rangesOf(
      size,
      fittedPartSize(size, Math.min(COPY_PART_SIZE, bucket.copyThreshold)),
    );
    const parts = await copyParts(bucket, source, target, uploadId, ranges, signal);
    const { crc32 } = storedChecksums(head);
    const done = await bucket.client.send(
      completeCommand(bucket, target, uploadId, { parts, size, crc32 }),
      within(signal),
    );
    const { ETag, VersionId } = done;
    return { ETag, LastModified: new Date(), VersionId, StorageClass: bucket.storageClass };
  } catch (error) {
    await abortUpload(bucket, target, uploadId).catch(() => {}); // the first error is the one to tell
    throw error;
  }
}

async function copyParts(
  bucket: Bucket,
  source: CopySource,
  target: ObjectName,
  uploadId: string,
  ranges: readonly string[],
  signal: AbortSignal | undefined,
): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = [];
  const cancel = new AbortController();
  const abort = () => cancel.abort();
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  let failure: { readonly error: unknown } | undefined;
  const queue = ranges.entries(); // shared by the workers: each takes the next
  const worker = async () => {
    try {
      for (const [index, range] of queue) {
        const PartNumber = index + 1;
        const command = new UploadPartCopyCommand({
          ...source,
          ...target,
          UploadId: uploadId,
          PartNumber,
          CopySourceRange: range,
        });
        const { CopyPartResult } = await fromPinned(() =>
          bucket.client.send(command, { abortSignal: cancel.signal }),
        );
        const { ETag, ChecksumCRC32 } = given(CopyPartResult, 'result');
        parts[index] = { PartNumber, ETag, ChecksumCRC32 };
      }
    } catch (error) {
      failure ??= { error };
      cancel.abort();
    }
  };
  await Promise.all(Array.from({ length: bucket.concurrency }, worker));
  signal?.removeEventListener('abort', abort);
  if (failure !== undefined) throw failure.error;
  return parts;
}

/** Ranges of `partSize` bytes that make up a file, as `x-amz-copy-source-range` has them. */
export function rangesOf(size: number, partSize: number): string[] {
  const ranges: string[] = [];
  for (let start = 0; start < size; start += partSize) {
    ranges.push(`bytes=${start}-${Math.min(start + partSize, size) - 1}`);
  }
  return ranges;
}

/** CopyObject carries the tags by itself; a copy in parts has to fetch them. */
async function tagsOf(
  bucket: Bucket,
  key: Key,
  head: HeadObjectCommandOutput,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (!head.TagCount || bucket.capabilities.tags === 'absent') return undefined;
  const { TagSet } = await bucket.client.send(
    new GetObjectTaggingCommand(objectName(bucket, key)),
    within(signal),
  );
  return encodeTags(
    Object.fromEntries((TagSet ?? []).map(({ Key: name = '', Value = '' }) => [name, Value])),
  );
}

/** A copy is pinned to the version that was looked at: that it has changed since is not the caller's condition. */
async function fromPinned<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!isStorageError(error) && error instanceof Error && error.name === 'PreconditionFailed') {
      throw new StorageError('Conflict', 'the file was overwritten while it was copied', {
        cause: new Error(error.message),
      });
    }
    throw error;
  }
}
