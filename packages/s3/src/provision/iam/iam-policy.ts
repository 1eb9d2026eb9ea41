import { StorageError } from '@org/storage-core';
import type { BucketSettings } from '../bucket/settings.js';
import type { PolicyDocument, PolicyStatement } from './document.js';
import { type FilePolicyOptions, fileStatements } from './file-statements.js';
import { PlaceNames } from './place.js';
import { provisioningStatements } from './provisioner.js';
import type { FileRole } from './role.js';
import { checkFeatures } from './role-features.js';

/** `provisioner`: what sets up the bucket; it reads and writes no file. */
export type Role = FileRole | 'provisioner';

export interface IamPolicyOptions extends FilePolicyOptions {
  /** Of a provisioner: what it sets up. Default: whatever there is to set up. */
  readonly settings?: BucketSettings | undefined;
}

/** Characters that a managed policy may have, without white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const MAX_POLICY_SIZE = 6_144;

/**
 * The least that a role needs, for a managed policy of a user or a role.
 * @throws StorageError `InvalidArgument` for what is no bucket, prefix or ARN, and where the policy would be too long.
 */
export function iamPolicy(role: Role, options: IamPolicyOptions): PolicyDocument {
  checkFeatures(role, options);
  const statements =
    role === 'provisioner'
      ? provisioningStatements(new PlaceNames(options), options.settings)
      : [...fileStatements(role, options), ...keyStatements(role, options)];
  return checked({ Version: '2012-10-17', Statement: statements });
}

/** By S3 alone, and not by who has the permission directly. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html */
function keyStatements(
  role: FileRole,
  { mode, region = '', features = {} }: IamPolicyOptions,
): PolicyStatement[] {
  const { kmsKey: key } = features;
  if (key === undefined || mode === 'source') return [];
  if (!/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/.test(key)) {
    throw new StorageError(
      'InvalidArgument',
      `kmsKey: ${JSON.stringify(key)} is no ARN of a key, such as arn:aws:kms:eu-central-1:123456789012:key/1234abcd-…; a policy does not take an alias`,
    );
  }
  const write = role === 'readonly' ? [] : ['kms:GenerateDataKey'];
  return [
    {
      Sid: 'Key',
      Effect: 'Allow',
      // Uploads in parts, and copies, take both.
      Action: ['kms:Decrypt', ...write],
      Resource: [key],
      Condition: { StringLike: { 'kms:ViaService': `s3.*.${serviceDomain(region)}` } },
    },
  ];
}

function serviceDomain(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

function checked(document: PolicyDocument): PolicyDocument {
  const size = JSON.stringify(document).length;
  if (size <= MAX_POLICY_SIZE) return document;
  throw new StorageError(
    'InvalidArgument',
    `the policy has ${size} characters, and IAM takes ${MAX_POLICY_SIZE}: use a shorter prefix`,
  );
}
