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
import { malformed, parseXml, type XmlElement } from '../xml.js';
import { checkVersion } from './write-object.js';

const MAXIMUM_KEYS = 1000;
const MAXIMUM_DELETE_BYTES = 8 * 1024 * 1024;

export const deleteObjects: Operation = async (context) => {
  const bucket = bucketOf(context);
  const { document, quiet } = await readDeleteDocument(context);
  const results: XmlElement[] = [];
  for (const item of document) {
    const error = deleteOne(context, bucket, item);
    if (error) {
      results.push([
        'Error',
        [
          ['Key', item.key],
          ['VersionId', item.version],
          ['Code', error.code],
          ['Message', error.message],
        ],
      ]);
    } else if (!quiet) {
      results.push(['Deleted', [['Key', item.key]]]);
    }
  }
  return xmlResponse('DeleteResult', results);
};

interface DeleteItem {
  readonly key: string;
  readonly version: string | undefined;
  readonly etag: string | undefined;
}

function deleteOne(
  context: OperationContext,
  bucket: Bucket,
  { key, version, etag }: DeleteItem,
): S3Error | undefined {
  try {
    checkVersion(version);
    if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError');
    const condition = etagCondition(etag);
    bucket.delete(key, unlessIgnored(context, 'delete', condition));
    return undefined;
  } catch (error) {
    if (error instanceof S3Error) return error;
    throw error;
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
    return { key, version: item.text('VersionId'), etag: item.text('ETag') };
  });
  if (document.length === 0 || document.length > MAXIMUM_KEYS) throw malformed();
  return { document, quiet: root.text('Quiet') === 'true' };
}
