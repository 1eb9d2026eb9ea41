import { readDocument } from '../document-body.js';
import { bucketOf, emptyResponse, type Operation, xmlResponse } from '../operation.js';
import { parseTaggingDocument, taggingElements } from '../tagging.js';
import { objectOf } from './read-object.js';

const MAXIMUM_DOCUMENT_BYTES = 64 * 1024;

export const getObjectTagging: Operation = (context) => {
  const object = objectOf(context, bucketOf(context));
  return xmlResponse('Tagging', taggingElements(object.tags));
};

export const putObjectTagging: Operation = async (context) => {
  objectOf(context, bucketOf(context));
  const text = await readDocument(context, MAXIMUM_DOCUMENT_BYTES);
  const tags = parseTaggingDocument(text, 'Object');
  const bucket = bucketOf(context);
  bucket.describe({ ...objectOf(context, bucket), tags });
  return emptyResponse();
};

export const deleteObjectTagging: Operation = (context) => {
  const bucket = bucketOf(context);
  bucket.describe({ ...objectOf(context, bucket), tags: [] });
  return emptyResponse(204);
};
