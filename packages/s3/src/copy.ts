import {
  type CompletedPart,
  CopyObjectCommand,
  type HeadObjectCommandOutput,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import {
  type Condition,
  type CopyOptions,
  type FileMetadata,
  type Key,
  parseETag,
  refuseAbsent,
  StorageError,
} from '@org/storage-core';
import { type Bucket, given, type ObjectName, objectName, within } from './bucket.js';
import { checkCondition, matchHeader, precondition, refuseUnknownCondition } from './condition.js';
import { causeOf, failureOf, statusOf } from './failure.js';
import { encodeTags, storedChecksums } from './metadata.js';
import { abortUpload, completeCommand, createCommand } from './multipart-requests.js';
import { fittedPartSize } from './part-size.js';
import { fileOf, headObject } from './stat.js';
import { getTags } from './tags.js';
import { encodeName } from './url-encoding.js';

/** Bytes of a part that is copied within the server: they don't pass through this process. */
const COPY_PART_SIZE = 256 * 1024 ** 2;

/** Copies a file within the bucket. */
export async function copyFile(
  bucket: Bucket,
  from: Key,
  to: Key,
  options: CopyOptions,
): Promise<FileMetadata> {
  const { condition, sourceCondition, signal } = options;
  refuseAbsent(bucket.capabilities, {
    conditionalCopyCreate: condition?.type === 'absent',
    conditionalCopyUpdate: condition?.type === 'match',
  });
  const target = objectName(bucket, to);
  const head = await headObject(bucket, from, signal);
  const found = parseETag(given(head.ETag, 'ETag'));
  if (sourceCondition !== undefined && sourceCondition.etag !== found) throw otherVersion(from);
  if (from !== to) return copyObject(bucket, { key: from, head }, to, options);
  await checkCondition(bucket, target, condition, signal);
  return fileOf(from, head, given(head.ContentLength, 'Content-Length'), storedChecksums(head));
}

/** An object that is to be copied, as it was found. */
export interface CopiedObject {
  readonly key: Key;
  readonly versionId?: string | undefined;
  readonly head: HeadObjectCommandOutput;
}

/**
 * Copies just what was found: by one request up to `copyThreshold`, else in parts; in parts as well where one request would
 * leave in clear what is to be encrypted. Nothing can be copied in parts that has no byte.
 */
export async function copyObject(
  bucket: Bucket,
  from: CopiedObject,
  to: Key,
  options: CopyOptions,
): Promise<FileMetadata> {
  const { head } = from;
  const target = objectName(bucket, to);
  const size = given(head.ContentLength, 'Content-Length');
  const { Key } = objectName(bucket, from.key);
  const encrypting =
    bucket.settings.encryption !== undefined &&
    !isEncrypted(head) &&
    !bucket.profile.encryptsCopies;
  const inParts = size > bucket.copyThreshold || (encrypting && size > 0);
  if (inParts && Key.includes('%') && !bucket.profile.copiesPartsOfPercent) {
    const what =
      size > bucket.copyThreshold
        ? `copy more than ${bucket.copyThreshold} bytes`
        : 'encrypt a copy';
    throw new StorageError(
      'Unsupported',
      `older servers of this kind can’t ${what} of a key with a "%"; download and upload it`,
    );
  }
  const version = from.versionId && `?versionId=${encodeURIComponent(from.versionId)}`;
  const source = {
    CopySource: `${bucket.name}/${encodeName(Key)}${version ?? ''}`,
    CopySourceIfMatch: matchHeader(bucket.profile, parseETag(given(head.ETag, 'ETag'))),
  };
  const copied = await explained(bucket, from, to, options, () =>
    inParts
      ? copyInParts(bucket, source, target, from, options)
      : copyWhole(bucket, source, target, options),
  );
  const { VersionId: versioned, StorageClass: _, ...described } = head;
  const VersionId =
    copied.VersionId ?? (versioned && (await versionMade(bucket, to, copied.ETag, options.signal)));
  return fileOf(to, { ...described, ...copied, VersionId }, size, storedChecksums(head));
}

function isEncrypted({
  ServerSideEncryption,
  SSECustomerAlgorithm,
}: HeadObjectCommandOutput): boolean {
  return ServerSideEncryption !== undefined || SSECustomerAlgorithm !== undefined;
}

/** Ceph does not tell which version a copy has made. The copy is done, whatever becomes of this question. */
async function versionMade(
  bucket: Bucket,
  key: Key,
  copied: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const head = await headObject(bucket, key, signal).catch(() => undefined);
  const same = head?.ETag && copied && parseETag(head.ETag) === parseETag(copied);
  return same ? head.VersionId : undefined;
}

interface CopySource {
  readonly CopySource: string;
  readonly CopySourceIfMatch: string;
}

async function copyWhole(
  bucket: Bucket,
  source: CopySource,
  target: ObjectName,
  { condition, signal }: CopyOptions,
) {
  const command = new CopyObjectCommand({
    ...source,
    ...target,
    ...precondition(bucket, condition),
    StorageClass: bucket.storageClass,
  });
  const { CopyObjectResult, VersionId } = await bucket.client.send(command, within(signal));
  const { ETag, LastModified } = given(CopyObjectResult, 'result');
  return { ETag, LastModified, VersionId, StorageClass: bucket.storageClass };
}

async function copyInParts(
  bucket: Bucket,
  source: CopySource,
  target: ObjectName,
  from: CopiedObject,
  { condition, signal }: CopyOptions,
) {
  refuseUnknownCondition(bucket, condition, 'in parts');
  await checkCondition(bucket, target, condition, signal);
  const { head } = from;
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
    Tagging: await tagsOf(bucket, from, signal),
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
    const command = completeCommand(bucket, target, uploadId, {
      parts,
      size,
      checksums: storedChecksums(head),
    });
    Object.assign(command.input, precondition(bucket, condition));
    const { ETag, VersionId } = await bucket.client.send(command, within(signal));
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
        const { CopyPartResult } = await bucket.client.send(command, {
          abortSignal: cancel.signal,
        });
        const { LastModified: _, ...part } = given(CopyPartResult, 'result');
        parts[index] = { PartNumber, ...part };
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
  { key, versionId, head }: CopiedObject,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (!head.TagCount || bucket.capabilities.tags === 'absent') return undefined;
  return encodeTags(await getTags(bucket, key, { versionId, signal }));
}

/**
 * Tells what the server can’t copy, and which of the two files is not the expected one. The request pins its source to the version that was found; the
 * answer does not say whether it is that condition or the one on the destination that does not hold.
 */
async function explained<T>(
  bucket: Bucket,
  from: CopiedObject,
  to: Key,
  { condition, sourceCondition, signal }: CopyOptions,
  copy: () => Promise<T>,
): Promise<T> {
  try {
    return await copy();
  } catch (error) {
    const status = statusOf(error);
    if (status === 501 && isEncrypted(from.head)) {
      throw new StorageError(
        'Unsupported',
        'the server can’t copy a file that it has encrypted (Ceph 18 and older can’t); download and upload it',
        { cause: causeOf(failureOf(error), error) },
      );
    }
    if (status !== 412 && (status !== 404 || condition === undefined)) throw error;
    if (condition !== undefined) {
      const now = await headObject(bucket, from.key, signal, from.versionId);
      if (now.ETag === from.head.ETag) throw conditionFailure(condition, to);
    }
    throw sourceCondition === undefined
      ? new StorageError('Conflict', `${from.key} was overwritten while it was copied`)
      : otherVersion(from.key);
  }
}

function conditionFailure(condition: Condition, key: Key): StorageError {
  return condition.type === 'absent'
    ? new StorageError('AlreadyExists', `${key} exists already`, { key })
    : new StorageError('PreconditionFailed', `${key} is not the expected version`, { key });
}

function otherVersion(key: Key): StorageError {
  return new StorageError('PreconditionFailed', `${key} is not the version that was to be copied`);
}
