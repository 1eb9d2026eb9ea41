import { S3Error } from './error.js';
import type { Operation } from './operation.js';
import { getBucketAcl, getObjectAcl } from './operations/acl.js';
import {
  type DocumentName,
  deleteDocument,
  getBucketPolicyStatus,
  getDocument,
  putDocument,
} from './operations/bucket-documents.js';
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from './operations/buckets.js';
import { completeMultipartUpload } from './operations/complete-multipart.js';
import { copyObject } from './operations/copy-object.js';
import { deleteObjects } from './operations/delete-objects.js';
import { listMultipartUploads, listParts } from './operations/list-multipart.js';
import { listObjectVersions } from './operations/list-versions.js';
import { listObjects, listObjectsV2 } from './operations/listings.js';
import {
  abortMultipartUpload,
  createMultipartUpload,
  uploadPart,
  uploadPartCopy,
} from './operations/multipart.js';
import { postObject } from './operations/post-object.js';
import { getObject, getObjectAttributes, headObject } from './operations/read-object.js';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './operations/tagging.js';
import { deleteObject, putObject } from './operations/write-object.js';
import type { S3Request } from './request.js';

/** The names of S3's API. */
const OPERATIONS = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  HeadBucket: headBucket,
  DeleteBucket: deleteBucket,
  GetBucketLocation: getBucketLocation,
  GetBucketAcl: getBucketAcl,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  ListObjectVersions: listObjectVersions,
  ListMultipartUploads: listMultipartUploads,
  DeleteObjects: deleteObjects,
  PutObject: putObject,
  PostObject: postObject,
  GetObject: getObject,
  HeadObject: headObject,
  DeleteObject: deleteObject,
  CopyObject: copyObject,
  GetObjectAcl: getObjectAcl,
  GetObjectAttributes: getObjectAttributes,
  GetObjectTagging: getObjectTagging,
  PutObjectTagging: putObjectTagging,
  DeleteObjectTagging: deleteObjectTagging,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: listParts,
  ...documentOperations('cors', 'BucketCors'),
  ...documentOperations('encryption', 'BucketEncryption'),
  ...documentOperations('lifecycle', 'BucketLifecycleConfiguration', 'BucketLifecycle'),
  // Logging is turned off by a document that says so.
  GetBucketLogging: getDocument('logging'),
  PutBucketLogging: putDocument('logging'),
  ...documentOperations('ownershipControls', 'BucketOwnershipControls'),
  ...documentOperations('policy', 'BucketPolicy'),
  GetBucketPolicyStatus: getBucketPolicyStatus,
  ...documentOperations('publicAccessBlock', 'PublicAccessBlock'),
  ...documentOperations('tagging', 'BucketTagging'),
  // Versioning can be suspended, and not be taken away again.
  GetBucketVersioning: getDocument('versioning'),
  PutBucketVersioning: putDocument('versioning'),
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationName = keyof typeof OPERATIONS;

type DocumentOperations<Name extends string, Deleted extends string> = Readonly<
  Record<`Get${Name}` | `Put${Name}` | `Delete${Deleted}`, Operation>
>;

function documentOperations<Name extends string, Deleted extends string = Name>(
  document: DocumentName,
  name: Name,
  deleted?: Deleted,
): DocumentOperations<Name, Deleted> {
  const operations: Record<string, Operation> = {
    [`Get${name}`]: getDocument(document),
    [`Put${name}`]: putDocument(document),
    [`Delete${deleted ?? name}`]: deleteDocument(document),
  };
  return operations as DocumentOperations<Name, Deleted>;
}

export function operationOf(name: OperationName): Operation {
  return OPERATIONS[name];
}

/** By `<method>` and, behind a space, the query parameter that names the sub-resource. */
const BUCKET_ROUTES: Readonly<Record<string, OperationName>> = {
  PUT: 'CreateBucket',
  HEAD: 'HeadBucket',
  DELETE: 'DeleteBucket',
  POST: 'PostObject',
  GET: 'ListObjects',
  'GET list-type': 'ListObjectsV2',
  'GET versions': 'ListObjectVersions',
  'GET location': 'GetBucketLocation',
  'GET acl': 'GetBucketAcl',
  'GET uploads': 'ListMultipartUploads',
  'POST delete': 'DeleteObjects',
  'GET cors': 'GetBucketCors',
  'PUT cors': 'PutBucketCors',
  'DELETE cors': 'DeleteBucketCors',
  'GET encryption': 'GetBucketEncryption',
  'PUT encryption': 'PutBucketEncryption',
  'DELETE encryption': 'DeleteBucketEncryption',
  'GET lifecycle': 'GetBucketLifecycleConfiguration',
  'PUT lifecycle': 'PutBucketLifecycleConfiguration',
  'DELETE lifecycle': 'DeleteBucketLifecycle',
  'GET logging': 'GetBucketLogging',
  'PUT logging': 'PutBucketLogging',
  'GET ownershipControls': 'GetBucketOwnershipControls',
  'PUT ownershipControls': 'PutBucketOwnershipControls',
  'DELETE ownershipControls': 'DeleteBucketOwnershipControls',
  'GET policy': 'GetBucketPolicy',
  'GET policyStatus': 'GetBucketPolicyStatus',
  'PUT policy': 'PutBucketPolicy',
  'DELETE policy': 'DeleteBucketPolicy',
  'GET publicAccessBlock': 'GetPublicAccessBlock',
  'PUT publicAccessBlock': 'PutPublicAccessBlock',
  'DELETE publicAccessBlock': 'DeletePublicAccessBlock',
  'GET tagging': 'GetBucketTagging',
  'PUT tagging': 'PutBucketTagging',
  'DELETE tagging': 'DeleteBucketTagging',
  'GET versioning': 'GetBucketVersioning',
  'PUT versioning': 'PutBucketVersioning',
};

const OBJECT_ROUTES: Readonly<Record<string, OperationName>> = {
  PUT: 'PutObject',
  GET: 'GetObject',
  HEAD: 'HeadObject',
  DELETE: 'DeleteObject',
  'GET acl': 'GetObjectAcl',
  'GET attributes': 'GetObjectAttributes',
  'GET tagging': 'GetObjectTagging',
  'PUT tagging': 'PutObjectTagging',
  'DELETE tagging': 'DeleteObjectTagging',
  'POST uploads': 'CreateMultipartUpload',
  'PUT uploadId': 'UploadPart',
  'POST uploadId': 'CompleteMultipartUpload',
  'DELETE uploadId': 'AbortMultipartUpload',
  'GET uploadId': 'ListParts',
};

/** Parameters that select an operation; those without a route here are not implemented. */
const SUB_RESOURCES = new Set(
  `accelerate acl analytics attributes cors delete encryption intelligent-tiering inventory legal-hold lifecycle
  list-type location logging metadataConfiguration metadataInventoryTable metadataJournalTable metadataTable metrics
  notification object-lock ownershipControls policy policyStatus publicAccessBlock renameObject replication
  requestPayment restore retention select session tagging torrent uploadId uploads versioning versions website
  append abac`.split(/\s+/),
);

/** Parameters that may stand without a value beside an operation. */
const EMPTY_PARAMETERS = new Set([
  'prefix',
  'delimiter',
  'marker',
  'start-after',
  'continuation-token',
  'key-marker',
  'upload-id-marker',
  'version-id-marker',
  'versionId',
  'encoding-type',
  'fetch-owner',
]);

/** Finds the operation of a request. What is not known is refused, never taken for the operation on the whole object. */
export function route(request: S3Request): OperationName {
  const { method, bucket, key } = request;
  const subResource = subResourceOf(request);
  const routes = key === undefined ? BUCKET_ROUTES : OBJECT_ROUTES;
  if (bucket === undefined) {
    if (method === 'GET' && subResource === undefined) return 'ListBuckets';
    throw notAllowed(request);
  }
  const name = routes[subResource === undefined ? method : `${method} ${subResource}`];
  if (name === undefined) {
    if (subResource === undefined) throw notAllowed(request);
    throw new S3Error(
      'NotImplemented',
      'A parameter you provided implies functionality that is not implemented',
      { Method: method, Parameter: subResource },
    );
  }
  const copies = request.headers.has('x-amz-copy-source');
  if (copies && name === 'PutObject') return 'CopyObject';
  if (copies && name === 'UploadPart') return 'UploadPartCopy';
  return name;
}

function subResourceOf({ query }: S3Request): string | undefined {
  const names = query.parameters
    .filter(
      ([name, value]) => SUB_RESOURCES.has(name) || (value === '' && !EMPTY_PARAMETERS.has(name)),
    )
    .map(([name]) => name);
  return names[0];
}

function notAllowed({ method }: S3Request): S3Error {
  return new S3Error('MethodNotAllowed', undefined, { Method: method, ResourceType: 'OBJECT' });
}

export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name);
}
