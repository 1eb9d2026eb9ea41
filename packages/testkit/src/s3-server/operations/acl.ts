import { aclElements } from '../canned-acl.js';
import { objectOf, versionHeaders } from '../object-version.js';
import { bucketOf, type Operation, xmlResponse } from '../operation.js';
import { ownershipOf } from '../ownership.js';

/** A bucket is its owner's alone; what else may be done in it is said by its policy. */
export const getBucketAcl: Operation = (context) => {
  const { owner } = bucketOf(context).record;
  return xmlResponse('AccessControlPolicy', aclElements(owner, 'private'));
};

export const getObjectAcl: Operation = (context) => {
  const bucket = bucketOf(context);
  const object = objectOf(context, bucket);
  const enforced = ownershipOf(bucket.record) === 'BucketOwnerEnforced';
  const elements = aclElements(bucket.record.owner, enforced ? 'private' : object.acl);
  return xmlResponse('AccessControlPolicy', elements, versionHeaders(bucket, object));
};
