import type { Bucket } from '../bucket.js';
import { type Checksum, checksumHeader } from '../checksum.js';
import { checkWriteCondition, parseDeleteCondition, parseWriteCondition } from '../conditions.js';
import { parseDescription } from '../description.js';
import { invalidArgument, S3Error } from '../error.js';
import {
  bucketOf,
  emptyResponse,
  keyOf,
  type Operation,
  type OperationContext,
  unlessIgnored,
  wholeSeconds,
} from '../operation.js';
import { receiveContent } from '../receive.js';
import type { ObjectRecord } from '../records.js';
import { parseTaggingHeader } from '../tagging.js';

export const putObject: Operation = async (context) => {
  const { headers } = context.request;
  const bucket = bucketOf(context);
  const key = keyOf(context);
  const condition = unlessIgnored(context, 'put', parseWriteCondition(headers));
  const description = parseDescription(headers);
  const tags = parseTaggingHeader(headers.get('x-amz-tagging'));
  // What fails already is answered before the body is taken; what decides is the check at the commit.
  checkWriteCondition(condition, bucket.objects.get(key), key);
  const watch = bucket.watch(key);
  try {
    return await receiveContent(context, defaultChecksum, (content) => {
      const [computed] = content.checksums;
      if (!computed) throw new Error('No checksum was computed of the body');
      const [algorithm, value] = computed;
      const checksum: Checksum = { algorithm, type: 'FULL_OBJECT', value };
      const object: ObjectRecord = {
        key,
        ...description,
        tags,
        size: content.size,
        etag: content.md5,
        lastModified: wholeSeconds(context.now()),
        checksum,
        segments: content.segments,
      };
      livingBucket(context, bucket).put(object, condition, watch.deleted);
      return emptyResponse(200, writtenHeaders(context, object));
    });
  } finally {
    watch.close();
  }
};

/** S3 computes a CRC-64/NVME of objects that come without a checksum. */
function defaultChecksum(declared: unknown): 'CRC64NVME' | undefined {
  return declared ? undefined : 'CRC64NVME';
}

/** The bucket, unless it was deleted while the request was under way. */
export function livingBucket(context: OperationContext, bucket: Bucket): Bucket {
  if (bucketOf(context) === bucket) return bucket;
  throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket.record.name });
}

function writtenHeaders(
  { leniency }: OperationContext,
  object: ObjectRecord,
): Record<string, string> {
  const headers: Record<string, string> = {
    etag: `"${object.etag}"`,
    'x-amz-server-side-encryption': 'AES256',
  };
  if (!leniency.dropsChecksums) {
    headers[checksumHeader(object.checksum.algorithm)] = object.checksum.value;
    headers['x-amz-checksum-type'] = object.checksum.type;
  }
  return headers;
}

export const deleteObject: Operation = (context) => {
  const bucket = bucketOf(context);
  const condition = parseDeleteCondition(context.request.headers);
  checkVersion(context.request.query.get('versionId'));
  bucket.delete(keyOf(context), unlessIgnored(context, 'delete', condition));
  return emptyResponse(204);
};

export function checkVersion(version: string | undefined): void {
  if (version === undefined || version === 'null') return;
  throw invalidArgument('Invalid version id specified', 'versionId', version);
}
