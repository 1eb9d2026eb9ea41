import { randomBytes } from 'node:crypto';
import type { Bucket } from '../bucket.js';
import {
  type ChecksumAlgorithm,
  type ChecksumType,
  checksumHeader,
  defaultType,
  supportsFullObject,
} from '../checksum.js';
import { copyContent, copySourceOf, copySourceRange } from '../copy-source.js';
import { checkPartKey } from '../customer-key.js';
import { parseDescription } from '../description.js';
import { encryptionHeaders, etagOf, refuseEncryptionHeader } from '../encryption.js';
import { invalidArgument, S3Error } from '../error.js';
import type { MultipartUpload } from '../multipart-upload.js';
import {
  bucketOf,
  emptyResponse,
  keyOf,
  type Operation,
  type OperationContext,
  wholeSeconds,
  xmlResponse,
} from '../operation.js';
import { receiveContent } from '../receive.js';
import type { PartRecord } from '../records.js';
import type { RequestHeaders } from '../request.js';
import { parseTaggingHeader } from '../tagging.js';
import { checkKeyAccess } from '../user-access.js';
import { askedAlgorithm } from './copy-object.js';

export const createMultipartUpload: Operation = (context) => {
  const { headers } = context.request;
  const bucket = bucketOf(context);
  const key = keyOf(context);
  const asked = askedAlgorithm(headers);
  const algorithm = asked ?? 'CRC64NVME';
  const checksumType = parseChecksumType(headers, asked);
  const description = parseDescription(headers, bucket.record);
  checkKeyAccess(context, description.encryption, 'kms:GenerateDataKey');
  const upload = bucket.startUpload({
    id: randomBytes(32).toString('base64url'),
    key,
    initiated: context.now(),
    ...description,
    tags: parseTaggingHeader(headers.get('x-amz-tagging')),
    algorithm,
    checksumType,
    checksumAsked: asked !== undefined,
  });
  return xmlResponse(
    'InitiateMultipartUploadResult',
    [
      ['Bucket', bucket.record.name],
      ['Key', key],
      ['UploadId', upload.record.id],
    ],
    {
      ...encryptionHeaders(upload.record.encryption, headers),
      ...(asked ? { 'x-amz-checksum-algorithm': asked, 'x-amz-checksum-type': checksumType } : {}),
    },
  );
};

function parseChecksumType(
  headers: RequestHeaders,
  asked: ChecksumAlgorithm | undefined,
): ChecksumType {
  const value = headers.get('x-amz-checksum-type')?.toUpperCase();
  if (value === undefined) return defaultType(asked ?? 'CRC64NVME');
  if (!asked) {
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  if (value !== 'FULL_OBJECT' && value !== 'COMPOSITE') {
    throw new S3Error('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.');
  }
  const possible = value === 'FULL_OBJECT' ? supportsFullObject(asked) : asked !== 'CRC64NVME';
  if (!possible) {
    throw new S3Error(
      'InvalidRequest',
      `The ${value} checksum type cannot be used with the ${asked.toLowerCase()} checksum algorithm.`,
    );
  }
  return value;
}

/** The upload that the request names, which has to be one of its key. */
export function uploadOf(context: OperationContext, bucket: Bucket): MultipartUpload {
  const id = context.request.query.get('uploadId') ?? '';
  const upload = bucket.uploads.get(id);
  if (!upload || upload.record.key !== keyOf(context)) {
    throw new S3Error('NoSuchUpload', undefined, { UploadId: id });
  }
  return upload;
}

function partNumberOf({ request }: OperationContext): number {
  const value = request.query.get('partNumber') ?? '';
  const number = Number(value);
  if (/^\d{1,5}$/.test(value) && number >= 1 && number <= 10_000) return number;
  throw invalidArgument(
    'Part number must be an integer between 1 and 10000, inclusive',
    'partNumber',
    value,
  );
}

export const uploadPart: Operation = async (context) => {
  const upload = uploadOf(context, bucketOf(context));
  const number = partNumberOf(context);
  const { headers } = context.request;
  const { algorithm, encryption } = upload.record;
  refuseEncryptionHeader(headers);
  checkPartKey(headers, encryption);
  checkKeyAccess(context, encryption, 'kms:Decrypt');
  let shown: ChecksumAlgorithm | undefined;
  return receiveContent(
    context,
    (declared) => {
      checkPartAlgorithm(upload, declared?.algorithm);
      shown = declared?.algorithm ?? (upload.record.checksumAsked ? algorithm : undefined);
      return algorithm;
    },
    (content) => {
      const part: PartRecord = {
        number,
        size: content.size,
        etag: etagOf(content.md5, encryption),
        lastModified: wholeSeconds(context.now()),
        checksum: content.checksums.get(algorithm) ?? '',
        segments: content.segments,
      };
      livingUpload(upload).putPart(part);
      const answer: Record<string, string> = {
        etag: `"${part.etag}"`,
        ...encryptionHeaders(encryption, headers),
      };
      if (shown && !context.leniency.dropsChecksums) {
        answer[checksumHeader(shown)] = content.checksums.get(shown) ?? '';
      }
      return emptyResponse(200, answer);
    },
  );
};

function checkPartAlgorithm(
  { record }: MultipartUpload,
  declared: ChecksumAlgorithm | undefined,
): void {
  if (!record.checksumAsked || declared === record.algorithm) return;
  if (declared === undefined && record.checksumType === 'FULL_OBJECT') return;
  throw new S3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${record.algorithm.toLowerCase()}, actual checksum Type: ${declared?.toLowerCase() ?? 'null'}`,
  );
}

/** The upload, unless it was completed or aborted while the request was under way. */
function livingUpload(upload: MultipartUpload): MultipartUpload {
  if (!upload.removed) return upload;
  throw new S3Error('NoSuchUpload', undefined, { UploadId: upload.record.id });
}

export const uploadPartCopy: Operation = async (context) => {
  const upload = uploadOf(context, bucketOf(context));
  const number = partNumberOf(context);
  const { algorithm, encryption } = upload.record;
  checkPartKey(context.request.headers, encryption);
  const source = copySourceOf(context);
  const { object } = source;
  const range = copySourceRange(context.request.headers.get('x-amz-copy-source-range'), object);
  context.leniency.beforeWrite(0);
  return copyContent(context.store.bodies, object, range, algorithm, (content) => {
    const part: PartRecord = {
      number,
      size: range.length,
      etag: etagOf(content.md5, encryption),
      lastModified: wholeSeconds(context.now()),
      checksum: content.checksum,
      segments: content.segments,
    };
    livingUpload(upload).putPart(part);
    return xmlResponse(
      'CopyPartResult',
      [
        ['LastModified', new Date(part.lastModified).toISOString()],
        ['ETag', `"${part.etag}"`],
        [`Checksum${algorithm}`, upload.record.checksumAsked ? part.checksum : undefined],
      ],
      { ...source.headers, ...encryptionHeaders(encryption, context.request.headers) },
    );
  });
};

export const abortMultipartUpload: Operation = (context) => {
  const bucket = bucketOf(context);
  bucket.endUpload(uploadOf(context, bucket));
  return emptyResponse(204);
};
