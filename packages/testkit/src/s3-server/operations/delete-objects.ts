import { checkPermission } from '../access.js';
import type { Bucket } from '../bucket.js';
import { NO_CONDITION, unquote, type WriteCondition } from '../conditions.js';
import { readDocument } from '../document-body.js';
import { S3Error } from '../error.js';
import {
  bucketOf,
  type Operation,
  type OperationContext,
  unlessIgnored,
  xmlResponse,
} from '../operation.js';
import { checkVersionId } from '../version-id.js';
import { malformed, parseXml, type XmlElement } from '../xml.js';
import { deleteKey } from './write-object.js';

const MAXIMUM_KEYS = 1000;
const MAXIMUM_DELETE_BYTES = 8 * 1024 * 1024;

export const deleteObjects: Operation = async (context) => {
  const bucket = bucketOf(context);
  const { document, quiet } = await readDeleteDocument(context);
  const results: XmlElement[] = [];
  for (const item of document) {
    const result = deleteOne(context, bucket, item);
    if (!quiet || result[0] === 'Error') results.push(result);
  }
  return xmlResponse('DeleteResult', results);
};

interface DeleteItem {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly etag: string | undefined;
}

function deleteOne(context: OperationContext, bucket: Bucket, item: DeleteItem): XmlElement {
  const { key, versionId: asked, etag } = item;
  try {
    if (asked !== undefined) checkVersionId(asked);
    if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError');
    const action = asked === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
    checkPermission(bucket, context.sender, action, key, { match: etag });
    if (etag !== undefined && etag !== '*' && context.sender.user) {
      checkPermission(bucket, context.sender, 's3:GetObject', key);
    }
    const condition = unlessIgnored(context, 'delete', etagCondition(etag));
    const { marker, versionId } = deleteKey(context, bucket, { key, versionId: asked, condition });
    return [
      'Deleted',
      [
        ['Key', key],
        ['VersionId', asked],
        ['DeleteMarker', marker ? true : undefined],
        ['DeleteMarkerVersionId', marker ? versionId : undefined],
      ],
    ];
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return [
      'Error',
      [
        ['Key', key],
        ['VersionId', asked],
        ['Code', error.code],
        ['Message', error.message],
      ],
    ];
  }
}

function etagCondition(etag: string | undefined): WriteCondition {
  if (etag === undefined) return NO_CONDITION;
  return etag === '*' ? { type: 'exists' } : { type: 'match', etag: unquote(etag) };
}

async function readDeleteDocument(
  context: OperationContext,
): Promise<{ document: readonly DeleteItem[]; quiet: boolean }> {
  const text = await readDocument(context, MAXIMUM_DELETE_BYTES, 'required');
  const root = parseXml(text, 'Delete');
  const document = root.all('Object').map((item) => {
    const key = item.text('Key');
    if (key === undefined || key === '') throw malformed();
    return { key, versionId: item.text('VersionId'), etag: item.text('ETag') };
  });
  if (document.length === 0 || document.length > MAXIMUM_KEYS) throw malformed();
  return { document, quiet: root.text('Quiet') === 'true' };
}
