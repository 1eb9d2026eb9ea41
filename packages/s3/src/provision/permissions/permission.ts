import type { StorageError } from '@org/storage-core';

/**
 * What can be tried, in the order in which it is, and what Amazon calls it in a policy:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
export const PERMISSIONS = {
  list: 's3:ListBucket',
  'put-if-absent': 's3:PutObject',
  head: 's3:GetObject',
  get: 's3:GetObject',
  'put-if-match': 's3:PutObject',
  'put-unconditionally': 's3:PutObject',
  'put-tags': 's3:PutObjectTagging',
  'get-tags': 's3:GetObjectTagging',
  copy: 's3:PutObject',
  'list-versions': 's3:ListBucketVersions',
  'create-upload': 's3:PutObject',
  'upload-part': 's3:PutObject',
  'list-parts': 's3:ListMultipartUploadParts',
  'list-uploads': 's3:ListBucketMultipartUploads',
  'abort-upload': 's3:AbortMultipartUpload',
  'delete-if-match': 's3:DeleteObject',
  delete: 's3:DeleteObject',
} as const satisfies Readonly<Record<string, `s3:${string}`>>;

export type Permission = keyof typeof PERMISSIONS;

/** How one request was taken. */
export interface PermissionTrial {
  readonly permission: Permission;
  /** The action of a policy that allows it. */
  readonly action: string;
  /**
   * `denied`: by the credentials’ rights or a policy of the bucket · `unsupported`: the server does not know the request ·
   * `failed`: for another reason, the `error` · `untried`: what it needs was not there, or the server does not answer any more.
   */
  readonly outcome: 'allowed' | 'denied' | 'unsupported' | 'failed' | 'untried';
  readonly error?: StorageError;
}

export interface PermissionReport {
  readonly trials: readonly PermissionTrial[];
  /** Keys, with the prefix, of what could not be removed again: a few bytes each. */
  readonly left: readonly string[];
}
