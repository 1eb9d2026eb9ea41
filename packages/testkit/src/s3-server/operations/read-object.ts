import { checksumHeader } from '../checksum.js';
import { checkReadConditions } from '../conditions.js';
import { checkReadKey } from '../customer-key.js';
import { descriptionHeaders, overriddenHeaders } from '../description.js';
import { refuseEncryptionHeader } from '../encryption.js';
import { invalidArgument, S3Error } from '../error.js';
import { objectOf, versionHeaders } from '../object-version.js';
import {
  bucketOf,
  type Operation,
  type OperationContext,
  type S3Response,
  xmlResponse,
} from '../operation.js';
import { type ByteRange, parseRange } from '../range.js';
import type { ObjectRecord } from '../records.js';
import { checkKeyAccess } from '../user-access.js';
import type { XmlElement } from '../xml.js';

export const getObject: Operation = (context) => {
  const { object, response, range } = readObject(context);
  context.store.bodies.retain(object.segments);
  return {
    ...response,
    content: { segments: object.segments, start: range.start, length: range.length },
  };
};

export const headObject: Operation = (context) => readObject(context).response;

function readObject(context: OperationContext): {
  object: ObjectRecord;
  response: S3Response;
  range: ByteRange;
} {
  const { query, headers } = context.request;
  const bucket = bucketOf(context);
  const object = objectOf(context, bucket);
  checkReadable(context, object);
  checkReadConditions(headers, object);
  const asked = askedRange(context, object);
  const range = asked?.range ?? { start: 0, length: object.size };
  const answer: Record<string, string> = {
    ...descriptionHeaders(object, headers),
    ...overriddenHeaders(query),
    ...versionHeaders(bucket, object),
    'content-length': String(range.length),
  };
  if (asked) {
    const end = range.start + range.length - 1;
    answer['content-range'] = `bytes ${range.start}-${end}/${object.size}`;
    if (asked.partsCount !== undefined) answer['x-amz-mp-parts-count'] = String(asked.partsCount);
  }
  const whole = range.length === object.size;
  if (
    headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED' &&
    whole &&
    !context.leniency.dropsChecksums
  ) {
    answer[checksumHeader(object.checksum.algorithm)] = object.checksum.value;
    answer['x-amz-checksum-type'] = object.checksum.type;
  }
  return { object, response: { status: asked ? 206 : 200, headers: answer }, range };
}

/** Throws what S3 answers to one who lacks the object's key, or asks without a signature for what needs one. */
function checkReadable(context: OperationContext, object: ObjectRecord): void {
  const { request, sender } = context;
  refuseEncryptionHeader(request.headers);
  checkReadKey(request.headers, object.encryption);
  if (sender.operation === 'GetObject') checkKeyAccess(context, object.encryption, 'kms:Decrypt');
  if (sender.account !== undefined) return;
  if (object.encryption.type.startsWith('aws:kms')) {
    throw new S3Error(
      'InvalidArgument',
      'Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.',
    );
  }
  if (Object.keys(overriddenHeaders(request.query)).length > 0) {
    throw new S3Error(
      'InvalidRequest',
      'Request specific response headers cannot be used for anonymous GET requests.',
    );
  }
}

function askedRange(
  { request }: OperationContext,
  object: ObjectRecord,
): { range: ByteRange; partsCount?: number } | undefined {
  const partNumber = request.query.get('partNumber');
  const header = request.headers.get('range');
  if (partNumber === undefined) {
    const range = parseRange(header, object.size);
    return range && { range };
  }
  if (header !== undefined) {
    throw new S3Error(
      'InvalidRequest',
      'Cannot specify both Range header and partNumber query parameter',
    );
  }
  const number = Number(partNumber);
  if (!/^\d+$/.test(partNumber) || number < 1 || number > 10_000) {
    throw invalidArgument(
      'Part number must be an integer between 1 and 10000, inclusive',
      'partNumber',
      partNumber,
    );
  }
  return partRange(object, number);
}

/** Parts are counted by their place in the object, which has one part unless it was uploaded in several. */
function partRange(
  object: ObjectRecord,
  number: number,
): { range: ByteRange; partsCount?: number } | undefined {
  const parts = object.parts ?? [{ size: object.size }];
  const part = parts[number - 1];
  if (!part) {
    throw new S3Error('InvalidPartNumber', undefined, {
      ActualPartCount: parts.length,
      PartNumberRequested: number,
    });
  }
  if (object.size === 0) return undefined;
  const start = parts.slice(0, number - 1).reduce((sum, { size }) => sum + size, 0);
  const range = { start, length: part.size };
  return object.parts ? { range, partsCount: parts.length } : { range };
}

const ATTRIBUTES = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];
const DEFAULT_MAXIMUM_PARTS = 1000;

export const getObjectAttributes: Operation = (context) => {
  const { headers } = context.request;
  const bucket = bucketOf(context);
  const object = objectOf(context, bucket);
  checkReadKey(headers, object.encryption);
  const asked = headers
    .get('x-amz-object-attributes')
    ?.split(',')
    .map((name) => name.trim());
  if (!asked || asked.some((name) => !ATTRIBUTES.includes(name))) {
    throw invalidArgument(
      'Invalid attribute name specified.',
      'x-amz-object-attributes',
      asked?.join(',') ?? '',
    );
  }
  const content: XmlElement[] = [];
  if (asked.includes('ETag')) content.push(['ETag', object.etag]);
  if (asked.includes('Checksum') && !context.leniency.dropsChecksums) {
    const { algorithm, value, type } = object.checksum;
    content.push([
      'Checksum',
      [
        [`Checksum${algorithm}`, value],
        ['ChecksumType', type],
      ],
    ]);
  }
  if (asked.includes('ObjectParts') && object.parts) {
    content.push(['ObjectParts', objectParts(context, object, object.parts)]);
  }
  if (asked.includes('StorageClass')) content.push(['StorageClass', object.storageClass]);
  if (asked.includes('ObjectSize')) content.push(['ObjectSize', object.size]);
  return xmlResponse('GetObjectAttributesResponse', content, {
    'last-modified': new Date(object.lastModified).toUTCString(),
    ...versionHeaders(bucket, object),
  });
};

function objectParts(
  { request }: OperationContext,
  object: ObjectRecord,
  parts: NonNullable<ObjectRecord['parts']>,
): XmlElement[] {
  const maximum = Number(request.headers.get('x-amz-max-parts') ?? DEFAULT_MAXIMUM_PARTS);
  const marker = Number(request.headers.get('x-amz-part-number-marker') ?? 0);
  // Parts are told one by one only where they have checksums of their own.
  const listed = object.checksum.type === 'COMPOSITE' ? parts : [];
  const page = listed.filter((part) => part.number > marker).slice(0, maximum);
  const last = page.at(-1);
  return [
    ['PartsCount', parts.length],
    ['PartNumberMarker', marker],
    ['NextPartNumberMarker', last?.number],
    ['MaxParts', maximum],
    ['IsTruncated', last !== undefined && last.number !== listed.at(-1)?.number],
    ...page.map(
      (part): XmlElement => [
        'Part',
        [
          ['PartNumber', part.number],
          ['Size', part.size],
          [`Checksum${object.checksum.algorithm}`, part.checksum],
        ],
      ],
    ),
  ];
}
