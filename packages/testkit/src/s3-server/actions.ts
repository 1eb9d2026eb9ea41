import type { OperationName } from './router.js';

/**
 * What a policy calls the operations. `read`: may be allowed to strangers, by a policy or by an access control list; all
 * else is the owner's alone on this server.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
interface Action {
  readonly name: string;
  /** The name where a version id is given. */
  readonly ofVersion?: string;
  readonly on: 'object' | 'bucket';
  readonly read?: true;
}

const object = (name: string, more: Partial<Action> = {}): Action => ({
  name: `s3:${name}`,
  on: 'object',
  ...more,
});
const bucket = (name: string, more: Partial<Action> = {}): Action => ({
  name: `s3:${name}`,
  on: 'bucket',
  ...more,
});

const READ = { read: true } as const;
const PUT = object('PutObject');
const GET = object('GetObject', { ofVersion: 's3:GetObjectVersion', ...READ });
const LIST = bucket('ListBucket', READ);

export const ACTIONS: Readonly<Record<OperationName, Action>> = {
  ListBuckets: bucket('ListAllMyBuckets'),
  CreateBucket: bucket('CreateBucket'),
  HeadBucket: LIST,
  DeleteBucket: bucket('DeleteBucket'),
  GetBucketLocation: bucket('GetBucketLocation', READ),
  GetBucketAcl: bucket('GetBucketAcl', READ),
  ListObjects: LIST,
  ListObjectsV2: LIST,
  ListObjectVersions: bucket('ListBucketVersions', READ),
  ListMultipartUploads: bucket('ListBucketMultipartUploads', READ),
  // Deletes by key are asked for one by one.
  DeleteObjects: bucket('ListBucket'),
  PutObject: PUT,
  PostObject: PUT,
  GetObject: GET,
  HeadObject: GET,
  DeleteObject: object('DeleteObject', { ofVersion: 's3:DeleteObjectVersion' }),
  CopyObject: PUT,
  GetObjectAcl: object('GetObjectAcl', { ofVersion: 's3:GetObjectVersionAcl', ...READ }),
  GetObjectAttributes: object('GetObjectAttributes', {
    ofVersion: 's3:GetObjectVersionAttributes',
    ...READ,
  }),
  GetObjectTagging: object('GetObjectTagging', {
    ofVersion: 's3:GetObjectVersionTagging',
    ...READ,
  }),
  PutObjectTagging: object('PutObjectTagging', { ofVersion: 's3:PutObjectVersionTagging' }),
  DeleteObjectTagging: object('DeleteObjectTagging', {
    ofVersion: 's3:DeleteObjectVersionTagging',
  }),
  CreateMultipartUpload: PUT,
  UploadPart: PUT,
  UploadPartCopy: PUT,
  CompleteMultipartUpload: PUT,
  AbortMultipartUpload: object('AbortMultipartUpload'),
  ListParts: object('ListMultipartUploadParts', READ),
  GetBucketCors: bucket('GetBucketCORS', READ),
  PutBucketCors: bucket('PutBucketCORS'),
  DeleteBucketCors: bucket('PutBucketCORS'),
  GetBucketEncryption: bucket('GetEncryptionConfiguration', READ),
  PutBucketEncryption: bucket('PutEncryptionConfiguration'),
  DeleteBucketEncryption: bucket('PutEncryptionConfiguration'),
  GetBucketLifecycleConfiguration: bucket('GetLifecycleConfiguration', READ),
  PutBucketLifecycleConfiguration: bucket('PutLifecycleConfiguration'),
  DeleteBucketLifecycle: bucket('PutLifecycleConfiguration'),
  GetBucketLogging: bucket('GetBucketLogging', READ),
  PutBucketLogging: bucket('PutBucketLogging'),
  GetBucketOwnershipControls: bucket('GetBucketOwnershipControls', READ),
  PutBucketOwnershipControls: bucket('PutBucketOwnershipControls'),
  DeleteBucketOwnershipControls: bucket('PutBucketOwnershipControls'),
  GetBucketPolicy: bucket('GetBucketPolicy'),
  GetBucketPolicyStatus: bucket('GetBucketPolicyStatus', READ),
  PutBucketPolicy: bucket('PutBucketPolicy'),
  DeleteBucketPolicy: bucket('DeleteBucketPolicy'),
  GetPublicAccessBlock: bucket('GetBucketPublicAccessBlock', READ),
  PutPublicAccessBlock: bucket('PutBucketPublicAccessBlock'),
  DeletePublicAccessBlock: bucket('PutBucketPublicAccessBlock'),
  GetBucketTagging: bucket('GetBucketTagging', READ),
  PutBucketTagging: bucket('PutBucketTagging'),
  DeleteBucketTagging: bucket('PutBucketTagging'),
  GetBucketVersioning: bucket('GetBucketVersioning', READ),
  PutBucketVersioning: bucket('PutBucketVersioning'),
};

/** The name of the operation's action, which is another one where a version is named. */
export function actionNameOf(operation: OperationName, versionId: string | undefined): string {
  const { name, ofVersion } = ACTIONS[operation];
  return versionId === undefined ? name : (ofVersion ?? name);
}

const OBJECT_ACTIONS = new Set(
  Object.values(ACTIONS)
    .filter(({ on }) => on === 'object')
    .flatMap(({ name, ofVersion = name }) => [name.toLowerCase(), ofVersion.toLowerCase()]),
);

/** Whether the action is one on objects; what is not known here is taken by its name. */
export function isObjectAction(action: string): boolean {
  return OBJECT_ACTIONS.has(action.toLowerCase()) || /Object(?!LockConf)/.test(action);
}

/** Operations that make an object whole, as the condition key s3:ObjectCreationOperation tells them from parts of one. */
export const CREATES_OBJECT: ReadonlySet<OperationName> = new Set([
  'PutObject',
  'PostObject',
  'CopyObject',
  'CompleteMultipartUpload',
]);
