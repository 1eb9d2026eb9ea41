import type { Mode } from '@org/storage-hybrid';
import type { Optional } from './units.js';

/** How a server encrypts files with keys of its own. */
export type ServerEncryption =
  | { readonly type: 'sse-s3' }
  | ({ readonly type: 'sse-kms' } & Optional<{ keyId: string; bucketKey: boolean }>);

/** The desired state of a bucket, as it is written; what is left out stays as the bucket has it. */
export interface ProvisionInput extends ProvisionSettings {
  /** `true`, or `false` for suspended. */
  readonly versioning?: boolean | 'enabled' | 'suspended' | undefined;
  readonly encryption?: 'sse-s3' | { readonly kms: string } | ServerEncryption | undefined;
}

/** The desired state of a bucket. */
export interface ProvisionConfiguration extends ProvisionSettings {
  readonly versioning?: 'enabled' | 'suspended' | undefined;
  readonly encryption?: ServerEncryption | undefined;
}

type ProvisionSettings = Optional<{
  region: string;
  blockPublicAccess:
    | boolean
    | Optional<{
        publicAcls: boolean;
        ignorePublicAcls: boolean;
        publicPolicy: boolean;
        restrictPublicBuckets: boolean;
      }>;
  ownership: 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';
  /** Denies requests in clear. */
  tlsOnly: boolean;
  /** Files below it are readable by everybody. */
  publicPrefix: string;
  access: readonly AccessSettings[];
  lifecycle: LifecycleSettings;
  cors: CorsSettings;
  tags: Readonly<Record<string, string>>;
  logging: { readonly bucket: string; readonly prefix?: string | undefined };
}>;

interface AccessSettings
  extends Optional<{
    prefix: string;
    mode: Mode;
    features: Optional<{
      tags: boolean;
      versioning: boolean;
      versions: boolean;
      unfinishedUploads: boolean;
      probe: boolean;
      acl: boolean;
      kmsKey: string;
      fleet: string;
    }>;
    /** Of a migrator on Amazon S3: the bucket itself holds it to conditional writes. */
    guard: boolean;
  }> {
  /** An ARN. */
  readonly principal: string;
  readonly as: 'application' | 'migrator' | 'readonly';
}

interface CorsSettings
  extends Optional<{
    methods: readonly ('GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE')[];
    headers: readonly string[];
    expose: readonly string[];
    /** Seconds. */
    maxAge: number;
  }> {
  readonly origins: readonly string[];
}

interface Place {
  readonly days: number;
  readonly prefix?: string | undefined;
}

/** Rules by which a bucket itself moves and removes files. */
type LifecycleSettings = Optional<{
  abandonedUploads: Place;
  noncurrentVersions: Place & { readonly keep?: number | undefined };
  transitions: readonly (Place & {
    readonly storageClass:
      | 'DEEP_ARCHIVE'
      | 'GLACIER'
      | 'GLACIER_IR'
      | 'INTELLIGENT_TIERING'
      | 'ONEZONE_IA'
      | 'STANDARD_IA';
  })[];
  tombstones: Place & {
    readonly tag?: { readonly key: string; readonly value: string } | undefined;
  };
}>;
