import type { LifecycleRule } from '@aws-sdk/client-s3';
import type { DesiredBucket } from './desired-bucket.js';
import {
  bucketPolicy,
  type DesiredRole,
  desiredInfrastructure,
  type Infrastructure,
} from './infrastructure.js';

export interface CloudFormationTemplate {
  readonly AWSTemplateFormatVersion: '2010-09-09';
  readonly Description: string;
  /** By logical name. */
  readonly Resources: Readonly<Record<string, CloudFormationResource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: object }>>;
}

export interface CloudFormationResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: 'Retain';
  readonly UpdateReplacePolicy?: 'Retain';
}

const BUCKET = { Ref: 'Bucket' };

/**
 * The bucket with its settings, and a managed policy for each role, and the role where it is said who may take it, as a template
 * for CloudFormation. The bucket stays when the stack is deleted. It takes `CAPABILITY_IAM`.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_S3.html
 * @throws StorageError `InvalidArgument`.
 */
export function cloudFormationTemplate(given: Infrastructure): CloudFormationTemplate {
  const desired = desiredInfrastructure(given);
  const { bucket, roles } = desired;
  const policy = bucketPolicy(desired, ({ name }) => ({ 'Fn::GetAtt': [`${name}Role`, 'Arn'] }));
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `The bucket ${bucket.name}, and who works on it`,
    Resources: Object.assign(
      {
        Bucket: {
          Type: 'AWS::S3::Bucket',
          DeletionPolicy: 'Retain',
          UpdateReplacePolicy: 'Retain',
          Properties: bucketProperties(bucket),
        },
      },
      policy === undefined ? {} : { BucketPolicy: policyResource(policy) },
      ...roles.map(roleResources),
    ),
    Outputs: Object.assign(
      { Bucket: { Value: BUCKET } },
      ...roles.map(({ name, trust }) => ({
        [`${name}PolicyArn`]: { Value: { Ref: `${name}Policy` } },
        ...(trust && { [`${name}RoleArn`]: { Value: { 'Fn::GetAtt': [`${name}Role`, 'Arn'] } } }),
      })),
    ),
  };
}

function bucketProperties(bucket: DesiredBucket): Record<string, unknown> {
  const { encryption, lifecycle, cors, tags, logging, versioning } = bucket;
  return {
    BucketName: bucket.name,
    OwnershipControls: { Rules: [{ ObjectOwnership: bucket.ownership }] },
    PublicAccessBlockConfiguration: bucket.publicAccess,
    ...(versioning && { VersioningConfiguration: { Status: versioning } }),
    ...(encryption && {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          {
            ServerSideEncryptionByDefault: {
              SSEAlgorithm: encryption.algorithm,
              ...(encryption.keyId && { KMSMasterKeyID: encryption.keyId }),
            },
            ...(encryption.bucketKey !== undefined && { BucketKeyEnabled: encryption.bucketKey }),
          },
        ],
      },
    }),
    ...(lifecycle.length > 0 && {
      LifecycleConfiguration: { Rules: lifecycle.map(lifecycleRule) },
    }),
    ...(cors.length > 0 && {
      CorsConfiguration: {
        CorsRules: cors.map(({ ID, ExposeHeaders, MaxAgeSeconds, ...rule }) => ({
          ...(ID && { Id: ID }),
          ...rule,
          ...(ExposeHeaders && { ExposedHeaders: ExposeHeaders }),
          ...(MaxAgeSeconds !== undefined && { MaxAge: MaxAgeSeconds }),
        })),
      },
    }),
    ...(Object.keys(tags).length > 0 && {
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
    ...(logging && {
      LoggingConfiguration: {
        DestinationBucketName: logging.TargetBucket,
        LogFilePrefix: logging.TargetPrefix,
      },
    }),
  };
}

function lifecycleRule(rule: LifecycleRule): Record<string, unknown> {
  const { ID, Status, Filter = {}, Expiration, Transitions = [] } = rule;
  const { NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = rule;
  const { Prefix = '', Tags = [] } = Filter.And ?? {
    Prefix: Filter.Prefix,
    Tags: Filter.Tag && [Filter.Tag],
  };
  return {
    Id: ID,
    Status,
    ...(Prefix !== '' && { Prefix }),
    ...(Tags.length > 0 && { TagFilters: Tags.map(({ Key, Value }) => ({ Key, Value })) }),
    ...(Expiration?.Days !== undefined && { ExpirationInDays: Expiration.Days }),
    ...(Expiration?.ExpiredObjectDeleteMarker && { ExpiredObjectDeleteMarker: true }),
    ...(Transitions.length > 0 && {
      Transitions: Transitions.map(({ Days, StorageClass }) => ({
        TransitionInDays: Days,
        StorageClass,
      })),
    }),
    ...(NoncurrentVersionExpiration && { NoncurrentVersionExpiration }),
    ...(AbortIncompleteMultipartUpload && { AbortIncompleteMultipartUpload }),
  };
}

function policyResource(PolicyDocument: object): CloudFormationResource {
  return { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: BUCKET, PolicyDocument } };
}

function roleResources({ name, description, policy, trust }: DesiredRole) {
  const resources: Record<string, CloudFormationResource> = {
    [`${name}Policy`]: {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { Description: description, PolicyDocument: policy },
    },
  };
  if (trust !== undefined) {
    resources[`${name}Role`] = {
      Type: 'AWS::IAM::Role',
      Properties: {
        Description: description,
        AssumeRolePolicyDocument: trust,
        ManagedPolicyArns: [{ Ref: `${name}Policy` }],
      },
    };
  }
  return resources;
}
