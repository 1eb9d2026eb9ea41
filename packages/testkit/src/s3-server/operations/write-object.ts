import type { Bucket } from '../bucket.js';
import { checksumHeader } from '../checksum.js';
import {
  checkWriteCondition,
  parseDeleteCondition,
  parseWriteCondition,
  type WriteCondition,
} from '../conditions.js';
import { parseDescription } from '../description.js';
import { encryptionHeaders, etagOf } from '../encryption.js';
import { S3Error } from '../error.js';
import { askedVersion, writtenVersionHeaders } from '../object-version.js';
import {
  bucketOf,
  emptyResponse,
  keyOf,
  type Operation,
  type OperationContext,
  unlessIgnored,
  wholeSeconds,
} from '../operation.js';
import { type ReceivedContent, receiveContent } from '../receive.js';
import type { NewObject, ObjectDescription, ObjectRecord, Tag } from '../records.js';
import { parseTaggingHeader } from '../tagging.js';
import { checkKeyAccess } from '../user-access.js';

export const putObject: Operation = async (context) => {
  const { headers } = context.request;
  const bucket = bucketOf(context);
  const key = keyOf(context);
  const condition = unlessIgnored(context, 'put', parseWriteCondition(headers));
  const description = parseDescription(headers, bucket.record);
  checkKeyAccess(context, description.encryption, 'kms:GenerateDataKey');
  const tags = parseTaggingHeader(headers.get('x-amz-tagging'));
  // What fails already is answered before the body is taken; what decides is the check at the commit.
  checkWriteCondition(condition, bucket.objects.get(key), key);
  const watch = bucket.watch(key);
  try {
    return await receiveContent(context, defaultChecksum, (content) => {
      const object = newObject(context, { key, description, tags, content });
      const written = livingBucket(context, bucket).put(object, condition, watch.deleted);
      return emptyResponse(200, writtenHeaders(context, bucket, written));
    });
  } finally {
    watch.close();
  }
};

/** An object that came in one piece. */
export function newObject(
  context: OperationContext,
  given: {
    readonly key: string;
    readonly description: ObjectDescription;
    readonly tags: readonly Tag[];
    readonly content: ReceivedContent;
  },
): NewObject {
  const { key, description, tags, content } = given;
  const [computed] = content.checksums;
  if (!computed) throw new Error('No checksum was computed of the body');
  const [algorithm, value] = computed;
  return {
    key,
    ...description,
    tags,
    size: content.size,
    etag: etagOf(content.md5, description.encryption),
    lastModified: wholeSeconds(context.now()),
    checksum: { algorithm, type: 'FULL_OBJECT', value },
    segments: content.segments,
  };
}

/** S3 computes a CRC-64/NVME of objects that come without a checksum. */
function defaultChecksum(declared: unknown): 'CRC64NVME' | undefined {
  return declared ? undefined : 'CRC64NVME';
}

/** The bucket, unless it was deleted while the request was under way. */
export function livingBucket(context: OperationContext, bucket: Bucket): Bucket {
  if (bucketOf(context) === bucket) return bucket;
  throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket.record.name });
}

/** What the answer to a write says of the object. */
export function writtenHeaders(
  { leniency, request }: OperationContext,
  bucket: Bucket,
  object: ObjectRecord,
): Record<string, string> {
  const headers: Record<string, string> = {
    etag: `"${object.etag}"`,
    ...encryptionHeaders(object.encryption, request.headers),
    ...writtenVersionHeaders(bucket, object),
  };
  if (!leniency.dropsChecksums) {
    headers[checksumHeader(object.checksum.algorithm)] = object.checksum.value;
    headers['x-amz-checksum-type'] = object.checksum.type;
  }
  return headers;
}

export const deleteObject: Operation = (context) => {
  const bucket = bucketOf(context);
  const condition = unlessIgnored(context, 'delete', parseDeleteCondition(context.request.headers));
  const deletion = deleteKey(context, bucket, {
    key: keyOf(context),
    versionId: askedVersion(context),
    condition,
  });
  return emptyResponse(204, {
    ...(deletion.marker ? { 'x-amz-delete-marker': 'true' } : {}),
    ...(deletion.versionId === undefined ? {} : { 'x-amz-version-id': deletion.versionId }),
  });
};

interface Deletion {
  /** Whether a delete marker was made, or one was deleted. */
  readonly marker: boolean;
  /** Of the marker that was made, or as it was asked for. */
  readonly versionId: string | undefined;
}

/** Deletes the object, or one version of it; a version that is not there is taken for deleted. */
export function deleteKey(
  context: OperationContext,
  bucket: Bucket,
  asked: {
    readonly key: string;
    readonly versionId: string | undefined;
    readonly condition: WriteCondition;
  },
): Deletion {
  const { key, versionId, condition } = asked;
  if (versionId === undefined) {
    const marker = bucket.delete(key, condition, wholeSeconds(context.now()));
    return { marker: marker !== undefined, versionId: marker?.versionId };
  }
  const deleted = bucket.deleteVersion(key, versionId, condition);
  return { marker: deleted?.type === 'marker', versionId };
}
