import { readDocument } from '../document-body.js';
import { objectOf, versionHeaders } from '../object-version.js';
import { bucketOf, emptyResponse, type Operation, xmlResponse } from '../operation.js';
import { parseTaggingDocument, taggingElements } from '../tagging.js';

const MAXIMUM_DOCUMENT_BYTES = 64 * 1024;

export const getObjectTagging: Operation = (context) => {
  const bucket = bucketOf(context);
  const object = objectOf(context, bucket);
  return xmlResponse('Tagging', taggingElements(object.tags), versionHeaders(bucket, object));
};

export const putObjectTagging: Operation = async (context) => {
  objectOf(context, bucketOf(context));
  const text = await readDocument(context, MAXIMUM_DOCUMENT_BYTES);
  const tags = parseTaggingDocument(text, 'Object');
  const bucket = bucketOf(context);
  const object = objectOf(context, bucket);
  bucket.describe({ ...object, tags });
  return emptyResponse(200, versionHeaders(bucket, object));
};

export const deleteObjectTagging: Operation = (context) => {
  const bucket = bucketOf(context);
  const object = objectOf(context, bucket);
  bucket.describe({ ...object, tags: [] });
  return emptyResponse(204, versionHeaders(bucket, object));
};
