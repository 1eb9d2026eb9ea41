import { setImmediate } from 'node:timers/promises';
import { CreateMultipartUploadCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import {
  type ChecksumAlgorithm,
  DEFAULT_EXPIRY,
  type MultipartTicket,
  type MultipartTicketOptions,
  StorageError,
  type TicketPart,
} from '@org/storage-core';
import { type Bucket, given } from './bucket.js';
import { abortUpload } from './multipart-requests.js';
import { fittedPartSize, MAX_OBJECT_SIZE, MAX_PART_SIZE, MIN_PART_SIZE } from './part-size.js';
import { presign, type SigningWindow, signingWindow } from './presign.js';
import { checksumType, S3_ALGORITHMS } from './sent-checksum.js';
import { type BindingParts, bindingParts, type TicketFile } from './ticket-headers.js';

/** Signatures made in a row, at about a millisecond each, before others get their turn. */
const SIGNED_AT_ONCE = 20;

const NOT_BOUND: BindingParts = { algorithm: undefined, headers: [] };

/** Begins an upload in parts, unless it was begun before, and signs a PUT for each part. */
export async function createMultipartTicket(
  bucket: Bucket,
  signer: S3Client,
  file: TicketFile,
  options: MultipartTicketOptions,
): Promise<MultipartTicket> {
  const { contentLength, partChecksums, partNumbers, signal } = options;
  const partSize = partSizeOf(bucket, options);
  const ranges = [...partsOf(contentLength, partSize)];
  if (partChecksums !== undefined && partChecksums.length !== ranges.length) {
    throw new StorageError(
      'InvalidArgument',
      `partChecksums are those of ${partChecksums.length} parts; ${contentLength} bytes make ${ranges.length} of ${partSize} bytes`,
    );
  }
  const missing = partNumbers?.find((number) => number > ranges.length);
  if (missing !== undefined) {
    throw new StorageError(
      'InvalidArgument',
      `there is no part ${missing}: ${contentLength} bytes make ${ranges.length} parts of ${partSize} bytes`,
    );
  }
  const wanted = partNumbers === undefined ? undefined : new Set(partNumbers);
  const signed = ranges.filter(({ number }) => wanted?.has(number) ?? true);
  const bound = partChecksums === undefined ? NOT_BOUND : bindingParts(bucket, partChecksums);
  const window = await signingWindow(bucket.client, options.expiresIn ?? DEFAULT_EXPIRY);
  const uploadId = options.uploadId ?? (await begin(bucket, file, bound.algorithm));
  try {
    const parts: TicketPart[] = [];
    for (const [i, part] of signed.entries()) {
      if (i % SIGNED_AT_ONCE === 0) await setImmediate(undefined, { signal });
      const headers = { 'content-length': String(part.size), ...bound.headers[part.number - 1] };
      parts.push(await signPart(signer, file, uploadId, { ...part, headers }, window));
    }
    return { type: 'multipart', uploadId, partSize, parts, expiresAt: window.expiresAt };
  } catch (error) {
    if (options.uploadId === undefined)
      await abortUpload(bucket, file.name, uploadId).catch(() => {}); // nobody has got its id
    throw error;
  }
}

function partSizeOf(bucket: Bucket, options: MultipartTicketOptions): number {
  const { contentLength, partSize = bucket.partSize } = options;
  if (partSize < MIN_PART_SIZE || partSize > MAX_PART_SIZE)
    throw new StorageError('InvalidArgument', 'partSize is 5 MiB to 5 GiB, in bytes');
  if (contentLength > MAX_OBJECT_SIZE) {
    throw new StorageError(
      'TooLarge',
      `S3 stores up to ${MAX_OBJECT_SIZE} bytes as one object, not ${contentLength}`,
    );
  }
  return fittedPartSize(contentLength, partSize);
}

/**
 * Without an algorithm for checksums, unless they are bound: the client would have to send one with each part. Not ended by the
 * caller's signal: an upload whose id nobody has got could not be removed.
 */
async function begin(
  bucket: Bucket,
  { name, headers }: TicketFile,
  checksum: ChecksumAlgorithm | undefined,
): Promise<string> {
  const verified =
    checksum === undefined
      ? {}
      : {
          ChecksumAlgorithm: S3_ALGORITHMS[checksum],
          ChecksumType: checksumType({ ...bucket, checksum }),
        };
  const { UploadId } = await bucket.client.send(
    new CreateMultipartUploadCommand({
      ...headers,
      ...name,
      ...verified,
      StorageClass: bucket.storageClass,
    }),
  );
  return given(UploadId, 'upload id');
}

type Part = Pick<TicketPart, 'number' | 'start' | 'size'>;

/** At least one, which may be empty. */
export function* partsOf(contentLength: number, partSize: number): Generator<Part> {
  for (let number = 1, start = 0; start < contentLength || number === 1; number++) {
    const size = Math.min(partSize, contentLength - start);
    yield { number, start, size };
    start += partSize;
  }
}

async function signPart(
  signer: S3Client,
  { name }: TicketFile,
  uploadId: string,
  part: Omit<TicketPart, 'url'>,
  window: SigningWindow,
): Promise<TicketPart> {
  const command = new UploadPartCommand({ ...name, UploadId: uploadId, PartNumber: part.number });
  return { ...part, url: await presign(signer, command, part.headers, window) };
}
