import {
  type CORSRule,
  type LifecycleRule,
  type LoggingEnabled,
  S3Client,
} from '@aws-sdk/client-s3';
import { CORS } from '../bucket/cors.js';
import { ENCRYPTION } from '../bucket/encryption.js';
import { LIFECYCLE } from '../bucket/lifecycle.js';
import { LOGGING } from '../bucket/logging.js';
import { OWNERSHIP } from '../bucket/ownership.js';
import type { BucketPlace } from '../bucket/place.js';
import { POLICY } from '../bucket/policy.js';
import { formatPolicy } from '../bucket/policy-document.js';
import { PUBLIC_ACCESS } from '../bucket/public-access.js';
import type { Setting } from '../bucket/setting.js';
import type { BucketSettings, Ownership } from '../bucket/settings.js';
import { checkSettings } from '../bucket/settings-check.js';
import { TAGS } from '../bucket/tags.js';
import { VERSIONING } from '../bucket/versioning.js';

/** How a new bucket is to be, in terms of S3’s API. What is not there is left as S3 makes it. */
export interface DesiredBucket {
  readonly name: string;
  readonly ownership: Ownership;
  readonly publicAccess: {
    readonly BlockPublicAcls: boolean;
    readonly IgnorePublicAcls: boolean;
    readonly BlockPublicPolicy: boolean;
    readonly RestrictPublicBuckets: boolean;
  };
  /** The document, as JSON; undefined: there is none. */
  readonly policy: string | undefined;
  readonly versioning: 'Enabled' | 'Suspended' | undefined;
  readonly encryption:
    | {
        readonly algorithm: string;
        readonly keyId: string | undefined;
        readonly bucketKey: boolean | undefined;
      }
    | undefined;
  readonly lifecycle: readonly LifecycleRule[];
  readonly cors: readonly CORSRule[];
  readonly tags: Readonly<Record<string, string>>;
  readonly logging: LoggingEnabled | undefined;
}

/**
 * What provisioning would make of a bucket that is not there yet: by the same functions.
 * @throws StorageError `InvalidArgument` for settings that make no sense.
 */
export function desiredBucket(
  bucket: string,
  settings: BucketSettings,
  region: string,
): DesiredBucket {
  checkSettings(bucket, settings);
  const client = new S3Client({ region }); // nothing is sent by it
  const place: BucketPlace = {
    ...{ client, bucket, region, server: 'aws', secure: true, endpoint: '', signal: undefined },
  };
  const wanted = <State>(setting: Setting<State>) =>
    setting.wanted(settings, setting.nothing, place);
  try {
    const versioning = wanted(VERSIONING);
    const encryption = wanted(ENCRYPTION);
    const policy = wanted(POLICY);
    const block = wanted(PUBLIC_ACCESS) ?? PUBLIC_ACCESS.nothing;
    return {
      name: bucket,
      ownership: wanted(OWNERSHIP) ?? OWNERSHIP.nothing,
      publicAccess: {
        BlockPublicAcls: block.publicAcls,
        IgnorePublicAcls: block.ignorePublicAcls,
        BlockPublicPolicy: block.publicPolicy,
        RestrictPublicBuckets: block.restrictPublicBuckets,
      },
      policy: policy?.statements.length ? formatPolicy(policy) : undefined,
      versioning:
        versioning === 'enabled' ? 'Enabled' : versioning === 'suspended' ? 'Suspended' : undefined,
      encryption: encryption?.algorithm && {
        algorithm: encryption.algorithm,
        keyId: encryption.keyId,
        bucketKey: encryption.bucketKey,
      },
      lifecycle: wanted(LIFECYCLE)?.rules ?? [],
      cors: wanted(CORS) ?? [],
      tags: wanted(TAGS) ?? {},
      logging: wanted(LOGGING)?.to,
    };
  } finally {
    client.destroy();
  }
}
