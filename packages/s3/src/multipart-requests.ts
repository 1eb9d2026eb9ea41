import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
} from '@aws-sdk/client-s3';
import type { Checksums } from '@org/storage-core';
import type { Bucket, ObjectName } from './bucket.js';
import { checksumFields, checksumType, S3_ALGORITHMS } from './sent-checksum.js';

/** Milliseconds that the removal of an unfinished upload may take. */
const CLEANUP_TIMEOUT = 30_000;

/** Begins a multipart upload. */
export function createCommand(
  bucket: Bucket,
  name: ObjectName,
  headers: object,
): CreateMultipartUploadCommand {
  const type = checksumType(bucket);
  return new CreateMultipartUploadCommand({
    ...headers,
    ...name,
    StorageClass: bucket.storageClass,
    ...(type === undefined ? {} : { ChecksumAlgorithm: S3_ALGORITHMS[bucket.checksum] }),
    ...(type === 'FULL_OBJECT' ? { ChecksumType: type } : {}),
  });
}

/** Makes the parts an object. */
export function completeCommand(
  bucket: Bucket,
  name: ObjectName,
  uploadId: string,
  whole: {
    readonly parts: readonly CompletedPart[];
    /** Bytes. */
    readonly size: number;
    readonly checksums: Checksums;
  },
): CompleteMultipartUploadCommand {
  const { parts, size, checksums } = whole;
  const type = checksumType(bucket);
  return new CompleteMultipartUploadCommand({
    ...name,
    UploadId: uploadId,
    MultipartUpload: { Parts: [...parts] },
    ...(type === 'FULL_OBJECT'
      ? { ChecksumType: type, MpuObjectSize: size, ...checksumFields(bucket.checksum, checksums) }
      : {}),
  });
}

/** Removes an unfinished multipart upload, whatever became of the operation that began it. */
export async function abortUpload(
  bucket: Bucket,
  name: ObjectName,
  uploadId: string,
  signal: AbortSignal = AbortSignal.timeout(CLEANUP_TIMEOUT),
): Promise<void> {
  await bucket.client.send(new AbortMultipartUploadCommand({ ...name, UploadId: uploadId }), {
    abortSignal: signal,
  });
}
