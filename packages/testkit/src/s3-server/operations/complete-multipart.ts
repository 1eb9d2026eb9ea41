import { createHash } from 'node:crypto';
import {
  CHECKSUM_ALGORITHMS,
  type Checksum,
  checksumHeader,
  checksumOfParts,
} from '../checksum.js';
import { parseWriteCondition, unquote } from '../conditions.js';
import { readDocument } from '../document-body.js';
import { encryptionHeaders } from '../encryption.js';
import { S3Error } from '../error.js';
import type { MultipartUpload } from '../multipart-upload.js';
import { objectLocation } from '../object-location.js';
import { writtenVersionHeaders } from '../object-version.js';
import {
  bucketOf,
  keyOf,
  type Operation,
  type OperationContext,
  unlessIgnored,
  wholeSeconds,
  xmlResponse,
} from '../operation.js';
import type { NewObject, ObjectRecord, PartRecord } from '../records.js';
import type { RequestHeaders } from '../request.js';
import { malformed, parseXml } from '../xml.js';
import { uploadOf } from './multipart.js';

/** No part but the last may be smaller. */
const MINIMUM_PART_BYTES = 5 * 1024 ** 2;
const MAXIMUM_DOCUMENT_BYTES = 8 * 1024 ** 2;
const MAXIMUM_PARTS = 10_000;

export const completeMultipartUpload: Operation = async (context) => {
  const { headers } = context.request;
  const condition = unlessIgnored(context, 'complete', parseWriteCondition(headers));
  uploadOf(context, bucketOf(context));
  const asked = await readParts(context);

  // From here on nothing waits, so that no other request comes in between.
  const bucket = bucketOf(context);
  const upload = uploadOf(context, bucket);
  const { record } = upload;
  const parts = chooseParts(upload, asked);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  checkObjectSize(headers, size);
  const checksum = checksumOfParts(record.algorithm, record.checksumType, parts);
  checkChecksum(headers, checksum, record.checksumAsked);
  context.leniency.beforeWrite(0);
  const object: NewObject = {
    key: keyOf(context),
    headers: record.headers,
    metadata: record.metadata,
    storageClass: record.storageClass,
    encryption: record.encryption,
    acl: record.acl,
    tags: record.tags,
    size,
    etag: etagOfParts(parts),
    lastModified: wholeSeconds(context.now()),
    checksum,
    segments: parts.flatMap((part) => part.segments),
    parts: parts.map(({ number, size: bytes, checksum: value }) => ({
      number,
      size: bytes,
      checksum: value,
    })),
  };
  const { bodies } = context.store;
  bodies.retain(object.segments);
  let written: ObjectRecord;
  try {
    written = bucket.put(object, condition, bucket.deletedSinceStart(upload));
  } catch (error) {
    bodies.release(object.segments);
    throw error;
  }
  bucket.endUpload(upload);
  const shown = context.leniency.dropsChecksums ? undefined : checksum;
  return xmlResponse(
    'CompleteMultipartUploadResult',
    [
      ['Location', objectLocation(context)],
      ['Bucket', bucket.record.name],
      ['Key', object.key],
      ['ETag', `"${object.etag}"`],
      [`Checksum${checksum.algorithm}`, shown?.value],
      ['ChecksumType', shown?.type],
    ],
    {
      ...encryptionHeaders(object.encryption, headers),
      ...writtenVersionHeaders(bucket, written),
    },
  );
};

interface AskedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksums: ReadonlyMap<string, string>;
}

async function readParts(context: OperationContext): Promise<AskedPart[]> {
  // The checksum header of this operation is the object's, not that of the document.
  const text = await readDocument(context, MAXIMUM_DOCUMENT_BYTES, 'foreign');
  const parts = parseXml(text, 'CompleteMultipartUpload')
    .all('Part')
    .map((part): AskedPart => {
      const number = Number(part.text('PartNumber') ?? Number.NaN);
      const etag = part.text('ETag');
      if (!Number.isInteger(number) || number < 1 || number > MAXIMUM_PARTS || !etag) {
        throw malformed();
      }
      const checksums = new Map<string, string>();
      for (const algorithm of CHECKSUM_ALGORITHMS) {
        const value = part.text(`Checksum${algorithm}`);
        if (value !== undefined) checksums.set(algorithm, value);
      }
      return { number, etag: unquote(etag), checksums };
    });
  if (parts.length === 0) throw new S3Error('InvalidRequest', 'You must specify at least one part');
  if (parts.length > MAXIMUM_PARTS) throw malformed();
  return parts;
}

function chooseParts(upload: MultipartUpload, asked: readonly AskedPart[]): PartRecord[] {
  const { id, algorithm, checksumAsked, checksumType } = upload.record;
  const composite = checksumAsked && checksumType === 'COMPOSITE';
  let previous = 0;
  const parts = asked.map((item) => {
    if (item.number <= previous) throw new S3Error('InvalidPartOrder', undefined, { UploadId: id });
    previous = item.number;
    const part = upload.part(item.number);
    const checksum = item.checksums.get(algorithm);
    const [foreign] = [...item.checksums.keys()].filter((name) => name !== algorithm);
    if (composite && foreign !== undefined) {
      throw new S3Error(
        'BadDigest',
        `The ${foreign.toLowerCase()} you specified for part ${item.number} did not match what we received.`,
      );
    }
    if (composite && checksum === undefined) {
      throw new S3Error(
        'InvalidRequest',
        `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${item.number} in the request.`,
      );
    }
    const wrong = checksum !== undefined && checksum !== part?.checksum;
    if (!part || part.etag !== item.etag || foreign !== undefined || wrong) {
      throw new S3Error('InvalidPart', undefined, {
        UploadId: id,
        PartNumber: item.number,
        ETag: item.etag,
      });
    }
    return part;
  });
  for (const part of parts.slice(0, -1)) {
    if (part.size < MINIMUM_PART_BYTES) {
      throw new S3Error('EntityTooSmall', undefined, {
        ProposedSize: part.size,
        MinSizeAllowed: MINIMUM_PART_BYTES,
        PartNumber: part.number,
        ETag: part.etag,
      });
    }
  }
  return parts;
}

function checkObjectSize(headers: RequestHeaders, size: number): void {
  const expected = headers.get('x-amz-mp-object-size');
  if (expected === undefined || expected === String(size)) return;
  throw new S3Error(
    'InvalidRequest',
    `The provided 'x-amz-mp-object-size' header value ${expected} does not match what was computed: ${size}`,
  );
}

function checkChecksum(headers: RequestHeaders, checksum: Checksum, asked: boolean): void {
  const type = headers.get('x-amz-checksum-type');
  const mode = asked ? checksum.type : 'null';
  if (type !== undefined && type.toUpperCase() !== mode) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using the ${mode} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const expected = headers.get(checksumHeader(algorithm));
    if (expected === undefined) continue;
    const [plain] = checksum.value.split('-');
    if (algorithm !== checksum.algorithm || (expected !== checksum.value && expected !== plain)) {
      throw new S3Error(
        'BadDigest',
        `The ${algorithm.toLowerCase()} you specified did not match the calculated checksum.`,
      );
    }
  }
}

/** The MD5 of the parts' MD5s, and how many there were. */
function etagOfParts(parts: readonly PartRecord[]): string {
  const hash = createHash('md5');
  for (const part of parts) hash.update(Buffer.from(part.etag, 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}
