import { ListPartsCommand, type ListPartsCommandOutput, type Part } from '@aws-sdk/client-s3';
import { parseETag, type UploadedPart } from '@org/storage-core';
import { type Bucket, given, type ObjectName, within } from './bucket.js';
import { checkListing, endless, unfinished } from './listing-failure.js';

/** A part as the server has it, with what it knows of the content. */
export interface ListedPart extends UploadedPart {
  readonly checksums: Pick<Part, 'ChecksumCRC32' | 'ChecksumCRC64NVME' | 'ChecksumSHA256'>;
}

/** What is known of an unfinished upload. */
export interface ListedUpload {
  /** Ordered by number. */
  readonly parts: readonly ListedPart[];
  /** S3's name of the checksums that the parts have to have, where the server tells. */
  readonly algorithm: string | undefined;
}

/** The parts of an unfinished upload, page by page. An upload that is unknown is the SDK's error `NoSuchUpload`. */
export async function* pagesOfParts(
  bucket: Bucket,
  name: ObjectName,
  uploadId: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedUpload> {
  let marker: string | undefined;
  do {
    const page: ListPartsCommandOutput = await bucket.client.send(
      new ListPartsCommand({ ...name, UploadId: uploadId, PartNumberMarker: marker }),
      within(signal),
    );
    checkListing(page.UploadId, page.IsTruncated);
    yield { parts: (page.Parts ?? []).map(listedPart), algorithm: page.ChecksumAlgorithm };
    const next: string | undefined = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    if (page.IsTruncated && !next) throw unfinished();
    if (next !== undefined && next === marker) throw endless();
    marker = next;
  } while (marker !== undefined);
}

/** All of {@link pagesOfParts}. */
export async function listedUpload(
  bucket: Bucket,
  name: ObjectName,
  uploadId: string,
  signal: AbortSignal | undefined,
): Promise<ListedUpload> {
  const parts: ListedPart[] = [];
  let algorithm: string | undefined;
  for await (const page of pagesOfParts(bucket, name, uploadId, signal)) {
    parts.push(...page.parts);
    algorithm ??= page.algorithm;
  }
  return { parts, algorithm };
}

/** Ceph calls it `NoSuchKey` where the key has no file either. */
export function isUnknownUpload(error: unknown): boolean {
  return error instanceof Error && ['NoSuchUpload', 'NoSuchKey'].includes(error.name);
}

function listedPart(part: Part): ListedPart {
  const { ChecksumCRC32, ChecksumCRC64NVME, ChecksumSHA256 } = part;
  return {
    number: given(part.PartNumber, 'part number'),
    etag: parseETag(given(part.ETag, 'ETag')),
    size: given(part.Size, 'size'),
    checksums: {
      ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }),
      ...(ChecksumCRC64NVME === undefined ? {} : { ChecksumCRC64NVME }),
      ...(ChecksumSHA256 === undefined ? {} : { ChecksumSHA256 }),
    },
  };
}
