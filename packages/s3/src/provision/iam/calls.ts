/**
 * What the code asks S3 for, by the name of the operation, and the actions that a policy has to allow for it; behind a space, a
 * parameter that takes further actions, or, if it names a version, other ones. A call that is not in here is not made.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
export const CALLS = {
  HeadBucket: ['s3:ListBucket'],
  ListObjectsV2: ['s3:ListBucket'],
  ListObjectVersions: ['s3:ListBucketVersions'],
  ListMultipartUploads: ['s3:ListBucketMultipartUploads'],

  HeadObject: ['s3:GetObject'],
  'HeadObject VersionId': ['s3:GetObjectVersion'],
  GetObject: ['s3:GetObject'],
  'GetObject VersionId': ['s3:GetObjectVersion'],

  PutObject: ['s3:PutObject'],
  // Whoever names an ETag learns whether it is right.
  'PutObject IfMatch': ['s3:GetObject'],
  'PutObject Tagging': ['s3:PutObjectTagging'],
  'PutObject ACL': ['s3:PutObjectAcl'],
  // A browser’s, with an upload ticket.
  PostObject: ['s3:PutObject'],
  'PostObject Tagging': ['s3:PutObjectTagging'],
  CreateMultipartUpload: ['s3:PutObject'],
  'CreateMultipartUpload Tagging': ['s3:PutObjectTagging'],
  'CreateMultipartUpload ACL': ['s3:PutObjectAcl'],
  UploadPart: ['s3:PutObject'],
  CompleteMultipartUpload: ['s3:PutObject'],
  'CompleteMultipartUpload IfMatch': ['s3:GetObject'],
  AbortMultipartUpload: ['s3:AbortMultipartUpload'],
  ListParts: ['s3:ListMultipartUploadParts'],

  // The action that reads the source is that of a download.
  CopyObject: ['s3:GetObject', 's3:PutObject'],
  'CopyObject VersionId': ['s3:GetObjectVersion', 's3:PutObject'],
  'CopyObject ACL': ['s3:PutObjectAcl'],
  UploadPartCopy: ['s3:GetObject', 's3:PutObject'],
  'UploadPartCopy VersionId': ['s3:GetObjectVersion', 's3:PutObject'],

  DeleteObject: ['s3:DeleteObject'],
  'DeleteObject IfMatch': ['s3:GetObject'],
  'DeleteObject VersionId': ['s3:DeleteObjectVersion'],
  DeleteObjects: ['s3:DeleteObject'],

  GetObjectTagging: ['s3:GetObjectTagging'],
  'GetObjectTagging VersionId': ['s3:GetObjectVersionTagging'],
  PutObjectTagging: ['s3:PutObjectTagging'],
  'PutObjectTagging VersionId': ['s3:PutObjectVersionTagging'],
  DeleteObjectTagging: ['s3:DeleteObjectTagging'],
  'DeleteObjectTagging VersionId': ['s3:DeleteObjectVersionTagging'],
} as const satisfies Readonly<Record<string, readonly `s3:${string}`[]>>;

export type Call = keyof typeof CALLS;

/** Sorted, each once. */
export function actionsOf(calls: readonly Call[]): readonly string[] {
  return [...new Set(calls.flatMap((call): readonly string[] => CALLS[call]))].sort();
}
