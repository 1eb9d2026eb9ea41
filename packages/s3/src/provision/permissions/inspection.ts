import { ListBucketsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { createClient } from '../../client.js';
import { ownKey } from '../../encryption.js';
import { clientWith } from '../../object-settings.js';
import { SERVER_PROFILES, serverOf } from '../../server-profile.js';
import { checkStorageOptions, type S3StorageOptions } from '../../storage-options.js';
import { type LeftoverReport, sweepLeftovers } from '../../trial/leftovers.js';
import { type Patience, type Place, sent } from '../../trial/place.js';
import { bucketAddress } from './address.js';
import { type FoundCredentials, findCredentials } from './credentials.js';
import type { Permission, PermissionReport } from './permission.js';
import { tryPermissions } from './trials.js';

/**
 * A bucket as one who has some credentials finds it. Each method asks anew, and ends in time; they reject with `StorageError`, whose
 * cause has S3’s own code as its name.
 */
export interface BucketInspection extends AsyncDisposable {
  /** Where requests go. Sends nothing. */
  address(): Promise<URL>;
  /** Of the AWS SDK. */
  sdkVersion(): Promise<string>;
  /** What requests are signed with. `AccessDenied` if there is nothing. */
  credentials(patience?: Patience): Promise<FoundCredentials>;
  /** Asks for one name below the prefix. */
  reach(patience?: Patience): Promise<void>;
  /** Whom the server takes the credentials for, where it tells and they may ask. */
  owner(patience?: Patience): Promise<string | undefined>;
  /** What the credentials may do. */
  permissions(wanted: readonly Permission[], patience?: Patience): Promise<PermissionReport>;
  /** Removes what trials, probes and measurements have left behind that were killed more than an hour ago. */
  sweep(patience?: Patience): Promise<LeftoverReport>;
}

/**
 * @throws StorageError `InvalidArgument` for options that make no sense.
 */
export function inspectBucket(options: S3StorageOptions): BucketInspection {
  checkStorageOptions(options);
  const { bucket, endpoint, prefix = '' } = options;
  const closing = new AbortController();
  const client = options.client ?? createClient({ maxAttempts: 2, ...options }, closing.signal);
  const settings = { acl: options.acl, encryption: ownKey(options.encryption) };
  const place: Place = {
    client: clientWith(client, settings),
    bucket,
    prefix: prefix.replace(/([^/])$/, '$1/'),
    endpoint,
    profile: SERVER_PROFILES[options.server ?? serverOf(endpoint)],
  };
  return {
    address: () => bucketAddress(options, bucket),
    sdkVersion: async () => {
      const agent = await client.config.defaultUserAgentProvider();
      return agent.find(([name]) => name === 'aws-sdk-js')?.[1] ?? 'unknown';
    },
    credentials: (patience = {}) => findCredentials(client, place, patience),
    reach: async (patience = {}) => {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: place.prefix,
        MaxKeys: 1,
      });
      await sent(place, 'list', patience, (how) => client.send(command, how));
    },
    owner: async (patience = {}) => {
      const command = new ListBucketsCommand({ MaxBuckets: 1 });
      const { Owner } = await sent(place, 'listBuckets', patience, (how) =>
        client.send(command, how),
      );
      return Owner?.DisplayName || Owner?.ID || undefined;
    },
    permissions: (wanted, patience = {}) => tryPermissions(place, wanted, patience),
    sweep: (patience = {}) => sweepLeftovers(place, patience),
    async [Symbol.asyncDispose]() {
      closing.abort();
      if (options.client === undefined) client.destroy();
    },
  };
}
