/** How Terraform’s provider describes a block: by argument, `name!` where it is required, its type, or the block that it is. */
export interface BlockSchema {
  readonly [argument: string]: 'string' | 'number' | 'bool' | 'strings' | 'map' | BlockSchema;
}

/**
 * The arguments of the resources that are made, but for those that are deprecated, as version 6.25.0 of the provider hashicorp/aws has
 * them (by the package @cdktf/provider-aws 21.22.1, which is made from its schema and is too large to depend on).
 */
export const TERRAFORM_SCHEMA: Readonly<Record<string, BlockSchema>> = {
  aws_s3_bucket: {
    bucket: 'string',
    bucket_prefix: 'string',
    force_destroy: 'bool',
    object_lock_enabled: 'bool',
    region: 'string',
    tags: 'map',
  },
  aws_s3_bucket_ownership_controls: {
    'bucket!': 'string',
    region: 'string',
    rule: {
      object_ownership: 'string',
    },
  },
  aws_s3_bucket_public_access_block: {
    block_public_acls: 'bool',
    block_public_policy: 'bool',
    'bucket!': 'string',
    ignore_public_acls: 'bool',
    region: 'string',
    restrict_public_buckets: 'bool',
    skip_destroy: 'bool',
  },
  aws_s3_bucket_policy: {
    'bucket!': 'string',
    'policy!': 'string',
    region: 'string',
  },
  aws_s3_bucket_versioning: {
    'bucket!': 'string',
    expected_bucket_owner: 'string',
    mfa: 'string',
    region: 'string',
    versioning_configuration: {
      mfa_delete: 'string',
      status: 'string',
    },
  },
  aws_s3_bucket_server_side_encryption_configuration: {
    'bucket!': 'string',
    expected_bucket_owner: 'string',
    region: 'string',
    rule: {
      blocked_encryption_types: 'strings',
      bucket_key_enabled: 'bool',
      apply_server_side_encryption_by_default: {
        kms_master_key_id: 'string',
        sse_algorithm: 'string',
      },
    },
  },
  aws_s3_bucket_lifecycle_configuration: {
    'bucket!': 'string',
    expected_bucket_owner: 'string',
    region: 'string',
    transition_default_minimum_object_size: 'string',
    rule: {
      'id!': 'string',
      prefix: 'string',
      'status!': 'string',
      abort_incomplete_multipart_upload: {
        days_after_initiation: 'number',
      },
      expiration: {
        date: 'string',
        days: 'number',
        expired_object_delete_marker: 'bool',
      },
      filter: {
        object_size_greater_than: 'number',
        object_size_less_than: 'number',
        prefix: 'string',
        and: {
          object_size_greater_than: 'number',
          object_size_less_than: 'number',
          prefix: 'string',
          tags: 'map',
        },
        tag: {
          'key!': 'string',
          value: 'string',
        },
      },
      noncurrent_version_expiration: {
        newer_noncurrent_versions: 'number',
        noncurrent_days: 'number',
      },
      noncurrent_version_transition: {
        newer_noncurrent_versions: 'number',
        'noncurrent_days!': 'number',
        storage_class: 'string',
      },
      transition: {
        date: 'string',
        days: 'number',
        storage_class: 'string',
      },
    },
  },
  aws_s3_bucket_cors_configuration: {
    'bucket!': 'string',
    expected_bucket_owner: 'string',
    region: 'string',
    cors_rule: {
      allowed_headers: 'strings',
      'allowed_methods!': 'strings',
      'allowed_origins!': 'strings',
      expose_headers: 'strings',
      id: 'string',
      max_age_seconds: 'number',
    },
  },
  aws_s3_bucket_logging: {
    'bucket!': 'string',
    expected_bucket_owner: 'string',
    region: 'string',
    'target_bucket!': 'string',
    'target_prefix!': 'string',
    target_grant: {
      'permission!': 'string',
      grantee: {
        email_address: 'string',
        id: 'string',
        'type!': 'string',
        uri: 'string',
      },
    },
    target_object_key_format: {
      partitioned_prefix: {
        partition_date_source: 'string',
      },
      simple_prefix: {},
    },
  },
  aws_iam_policy: {
    description: 'string',
    name: 'string',
    name_prefix: 'string',
    path: 'string',
    'policy!': 'string',
    tags: 'map',
  },
  aws_iam_role: {
    'assume_role_policy!': 'string',
    description: 'string',
    force_detach_policies: 'bool',
    max_session_duration: 'number',
    name: 'string',
    name_prefix: 'string',
    path: 'string',
    permissions_boundary: 'string',
    tags: 'map',
  },
  aws_iam_role_policy_attachment: {
    'policy_arn!': 'string',
    role: 'string',
  },
};
