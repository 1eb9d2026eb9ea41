import type { LifecycleRule } from '@aws-sdk/client-s3';
import {
  bucketPolicy,
  type DesiredInfrastructure,
  type DesiredRole,
  desiredInfrastructure,
  type Infrastructure,
} from './infrastructure.js';

/** https://developer.hashicorp.com/terraform/language/syntax/json */
export interface TerraformConfiguration {
  readonly terraform: object;
  readonly provider: object;
  /** By type, by name. */
  readonly resource: Readonly<Record<string, Readonly<Record<string, TerraformBlock>>>>;
  readonly output: Readonly<Record<string, { readonly value: string }>>;
}

export type TerraformBlock = Readonly<Record<string, unknown>>;

const BUCKET = { bucket: `\${aws_s3_bucket.bucket.id}` };

/**
 * The same as {@link cloudFormationTemplate}, for Terraform and OpenTofu: the contents of a file `*.tf.json`. Terraform refuses
 * to destroy the bucket. An argument that is not there is left as the bucket has it.
 * https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket
 * @throws StorageError `InvalidArgument`.
 */
export function terraformConfiguration(given: Infrastructure): TerraformConfiguration {
  const desired = desiredInfrastructure(given);
  const { roles } = desired;
  const resource: Record<string, Record<string, TerraformBlock>> = {};
  for (const [type, name, block] of [...bucketBlocks(desired), ...roles.flatMap(roleBlocks)]) {
    resource[type] = { ...resource[type], [name]: block };
  }
  return {
    terraform: { required_providers: { aws: { source: 'hashicorp/aws', version: '>= 5.0' } } },
    provider: { aws: { region: given.region } },
    resource,
    output: Object.assign(
      { bucket: { value: BUCKET.bucket } },
      ...roles.map(({ name, trust }) => ({
        [`${name.toLowerCase()}_policy_arn`]: {
          value: `\${aws_iam_policy.${name.toLowerCase()}.arn}`,
        },
        ...(trust && {
          [`${name.toLowerCase()}_role_arn`]: {
            value: `\${aws_iam_role.${name.toLowerCase()}.arn}`,
          },
        }),
      })),
    ),
  };
}

type Block = readonly [type: string, name: string, block: TerraformBlock];

function bucketBlocks(desired: DesiredInfrastructure): readonly Block[] {
  const { bucket } = desired;
  const { encryption, lifecycle, cors, tags, logging, versioning } = bucket;
  const policy = policyText(desired);
  const block = bucket.publicAccess;
  const of = (type: string, fields: TerraformBlock, more: TerraformBlock = {}): Block => [
    `aws_s3_bucket_${type}`,
    'bucket',
    { ...BUCKET, ...literal(fields), ...more },
  ];
  return [
    [
      'aws_s3_bucket',
      'bucket',
      {
        ...literal({ bucket: bucket.name, ...(Object.keys(tags).length > 0 && { tags }) }),
        lifecycle: { prevent_destroy: true },
      },
    ],
    of('ownership_controls', { rule: { object_ownership: bucket.ownership } }),
    of('public_access_block', {
      block_public_acls: block.BlockPublicAcls,
      ignore_public_acls: block.IgnorePublicAcls,
      block_public_policy: block.BlockPublicPolicy,
      restrict_public_buckets: block.RestrictPublicBuckets,
    }),
    ...(versioning ? [of('versioning', { versioning_configuration: { status: versioning } })] : []),
    ...(encryption
      ? [
          of('server_side_encryption_configuration', {
            rule: {
              apply_server_side_encryption_by_default: {
                sse_algorithm: encryption.algorithm,
                ...(encryption.keyId && { kms_master_key_id: encryption.keyId }),
              },
              ...(encryption.bucketKey !== undefined && {
                bucket_key_enabled: encryption.bucketKey,
              }),
            },
          }),
        ]
      : []),
    ...(policy === undefined
      ? []
      : [
          // A public one is refused until public access is opened for it.
          of('policy', {}, { policy, depends_on: ['aws_s3_bucket_public_access_block.bucket'] }),
        ]),
    ...(lifecycle.length > 0
      ? [
          of(
            'lifecycle_configuration',
            { rule: lifecycle.map(lifecycleRule) },
            versioning ? { depends_on: ['aws_s3_bucket_versioning.bucket'] } : {},
          ),
        ]
      : []),
    ...(cors.length > 0
      ? [
          of('cors_configuration', {
            cors_rule: cors.map((rule) => ({
              ...(rule.ID && { id: rule.ID }),
              allowed_methods: rule.AllowedMethods,
              allowed_origins: rule.AllowedOrigins,
              ...(rule.AllowedHeaders && { allowed_headers: rule.AllowedHeaders }),
              ...(rule.ExposeHeaders && { expose_headers: rule.ExposeHeaders }),
              ...(rule.MaxAgeSeconds !== undefined && { max_age_seconds: rule.MaxAgeSeconds }),
            })),
          }),
        ]
      : []),
    ...(logging
      ? [
          of('logging', {
            target_bucket: logging.TargetBucket,
            target_prefix: logging.TargetPrefix,
          }),
        ]
      : []),
  ];
}

function lifecycleRule(rule: LifecycleRule): TerraformBlock {
  const { ID, Status, Filter = {}, Expiration, Transitions = [] } = rule;
  const { NoncurrentVersionExpiration: noncurrent, AbortIncompleteMultipartUpload: abort } = rule;
  const { And, Tag, Prefix = '' } = Filter;
  const tags = And?.Tags?.map(({ Key = '', Value = '' }) => [Key, Value] as const);
  const filter = And
    ? { and: { prefix: And.Prefix, tags: Object.fromEntries(tags ?? []) } }
    : Tag
      ? { tag: { key: Tag.Key, value: Tag.Value } }
      : { prefix: Prefix };
  return {
    id: ID,
    status: Status,
    filter,
    ...(Expiration && {
      expiration: {
        ...(Expiration.Days !== undefined && { days: Expiration.Days }),
        ...(Expiration.ExpiredObjectDeleteMarker && { expired_object_delete_marker: true }),
      },
    }),
    ...(Transitions.length > 0 && {
      transition: Transitions.map(({ Days, StorageClass }) => ({
        days: Days,
        storage_class: StorageClass,
      })),
    }),
    ...(noncurrent && {
      noncurrent_version_expiration: {
        noncurrent_days: noncurrent.NoncurrentDays,
        ...(noncurrent.NewerNoncurrentVersions !== undefined && {
          newer_noncurrent_versions: noncurrent.NewerNoncurrentVersions,
        }),
      },
    }),
    ...(abort && {
      abort_incomplete_multipart_upload: { days_after_initiation: abort.DaysAfterInitiation },
    }),
  };
}

/** The document with the ARNs of roles as expressions in it, which all other text is kept from being. */
function policyText(desired: DesiredInfrastructure): string | undefined {
  const standIn = (name: string) => `the ARN of the role ${name}`;
  const policy = bucketPolicy(desired, ({ name }) => standIn(name));
  if (policy === undefined) return undefined;
  return desired.roles.reduce(
    (text, { name }) =>
      text.replaceAll(`"${standIn(name)}"`, `"\${aws_iam_role.${name.toLowerCase()}.arn}"`),
    escaped(JSON.stringify(policy)),
  );
}

function roleBlocks({ name, description, policy, trust }: DesiredRole): readonly Block[] {
  const id = name.toLowerCase();
  const blocks: Block[] = [
    ['aws_iam_policy', id, literal({ description, policy: JSON.stringify(policy) })],
  ];
  if (trust === undefined) return blocks;
  return [
    ...blocks,
    ['aws_iam_role', id, literal({ description, assume_role_policy: JSON.stringify(trust) })],
    [
      'aws_iam_role_policy_attachment',
      id,
      { role: `\${aws_iam_role.${id}.name}`, policy_arn: `\${aws_iam_policy.${id}.arn}` },
    ],
  ];
}

/** With what would be an expression in a string written as text. */
function literal(block: TerraformBlock): TerraformBlock {
  const literally = (value: unknown): unknown => {
    if (typeof value === 'string') return escaped(value);
    if (Array.isArray(value)) return value.map(literally);
    if (typeof value !== 'object' || value === null) return value;
    return literal({ ...value });
  };
  return Object.fromEntries(Object.entries(block).map(([name, value]) => [name, literally(value)]));
}

/** https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences-1 */
function escaped(text: string): string {
  return text.replace(/([$%])\{/g, '$1$1{');
}
