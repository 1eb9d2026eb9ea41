import { checkPermission } from '../access.js';
import type { Bucket } from '../bucket.js';
import { type ChecksumAlgorithm, parseAlgorithm } from '../checksum.js';
import { checkWriteCondition, parseWriteCondition } from '../conditions.js';
import { type CopySource, copyContent, copySourceOf, copySourceRange } from '../copy-source.js';
import { parseDescription } from '../description.js';
import { ENCRYPTION_HEADER, encryptionHeaders, etagOf } from '../encryption.js';
import { invalidArgument, S3Error } from '../error.js';
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
import type { BucketRecord, NewObject, ObjectDescription } from '../records.js';
import type { RequestHeaders } from '../request.js';
import { parseTaggingHeader } from '../tagging.js';
import { checkKeyAccess } from '../user-access.js';
import { livingBucket } from './write-object.js';

export const copyObject: Operation = async (context) => {
  const { headers } = context.request;
  const bucket = bucketOf(context);
  const key = keyOf(context);
  const condition = unlessIgnored(context, 'copy', parseWriteCondition(headers));
  const source = copySourceOf(context);
  const description = describe(headers, source, bucket.record, key);
  const tags =
    directive(headers, 'x-amz-tagging-directive') === 'REPLACE'
      ? parseTaggingHeader(headers.get('x-amz-tagging'))
      : source.object.tags;
  if (tags === source.object.tags && tags.length > 0) checkCopyOfTags(context, bucket, source);
  checkKeyAccess(context, description.encryption, 'kms:GenerateDataKey');
  const algorithm = askedAlgorithm(headers) ?? source.object.checksum.algorithm;
  const range = copySourceRange(undefined, source.object);
  checkWriteCondition(condition, bucket.objects.get(key), key);
  context.leniency.beforeWrite(0);
  const watch = bucket.watch(key);
  try {
    const { bodies } = context.store;
    return await copyContent(bodies, source.object, range, algorithm, (content) => {
      const object: NewObject = {
        key,
        ...description,
        tags,
        size: source.object.size,
        etag: etagOf(content.md5, description.encryption),
        lastModified: wholeSeconds(context.now()),
        checksum: { algorithm, type: 'FULL_OBJECT', value: content.checksum },
        segments: content.segments,
      };
      const written = livingBucket(context, bucket).put(object, condition, watch.deleted);
      return xmlResponse(
        'CopyObjectResult',
        [
          ['LastModified', new Date(object.lastModified).toISOString()],
          ['ETag', `"${object.etag}"`],
          [`Checksum${algorithm}`, content.checksum],
          ['ChecksumType', 'FULL_OBJECT'],
        ],
        {
          ...source.headers,
          ...encryptionHeaders(object.encryption, headers),
          ...writtenVersionHeaders(bucket, written),
        },
      );
    });
  } finally {
    watch.close();
  }
};

/** Tags that go with a copy are read and put like others. */
function checkCopyOfTags(context: OperationContext, bucket: Bucket, source: CopySource): void {
  const { sender, store } = context;
  const from = store.buckets.get(source.bucket);
  if (!sender.user || !from) return;
  const read = source.versioned ? 's3:GetObjectVersionTagging' : 's3:GetObjectTagging';
  checkPermission(from, sender, read, source.object.key);
  checkPermission(bucket, sender, 's3:PutObjectTagging', keyOf(context));
}

export function askedAlgorithm(headers: RequestHeaders): ChecksumAlgorithm | undefined {
  const value = headers.get('x-amz-checksum-algorithm');
  if (value === undefined) return undefined;
  const algorithm = parseAlgorithm(value);
  if (algorithm) return algorithm;
  throw new S3Error(
    'InvalidRequest',
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
  );
}

function describe(
  headers: RequestHeaders,
  source: CopySource,
  bucket: BucketRecord,
  key: string,
): ObjectDescription {
  const asked = parseDescription(headers, bucket);
  if (directive(headers, 'x-amz-metadata-directive') === 'REPLACE') return asked;
  const { object } = source;
  const { storageClass, encryption, acl } = asked;
  if (
    source.bucket === bucket.name &&
    object.key === key &&
    !source.versioned &&
    storageClass === object.storageClass &&
    encryption.type !== 'customer' &&
    !headers.has('x-amz-checksum-algorithm') &&
    !headers.has(ENCRYPTION_HEADER)
  ) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  return { headers: object.headers, metadata: object.metadata, storageClass, encryption, acl };
}

function directive(headers: RequestHeaders, name: string): 'COPY' | 'REPLACE' {
  const value = headers.get(name) ?? 'COPY';
  if (value === 'COPY' || value === 'REPLACE') return value;
  throw invalidArgument(`Unknown ${name.slice('x-amz-'.length)}.`, name, value);
}
