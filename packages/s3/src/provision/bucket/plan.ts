import type { S3Client } from '@aws-sdk/client-s3';
import { StorageError } from '@org/storage-core';
import type { ServerName } from '../../server-profile.js';
import { ALL_SETTINGS, type AnySetting, type Reading } from './any-setting.js';
import { wantedRegion } from './create.js';
import { type BucketDifference, type BucketPlan, isSame } from './difference.js';
import { type FoundBucket, findBucket } from './place.js';
import type { Refusal } from './refusal.js';
import type { BucketSettings } from './settings.js';
import { checkSettings } from './settings-check.js';

export interface BucketPlanOptions {
  /** What kind of server it is. Default: as its address tells. */
  readonly server?: ServerName | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Compares a bucket with how it shall be. Changes nothing.
 * @throws StorageError `InvalidArgument` for settings that make no sense, and where the bucket is in another region;
 * `AccessDenied` for wrong credentials, `Unavailable` where nobody listens.
 */
export async function planBucket(
  client: S3Client,
  bucket: string,
  settings: BucketSettings,
  { server, signal }: BucketPlanOptions = {},
): Promise<BucketPlan> {
  checkSettings(bucket, settings);
  const found = await findBucket(client, bucket, server, signal);
  const ofAll = ALL_SETTINGS.map(async (setting) => {
    const reading = await readSetting(setting, found, settings);
    return reading === undefined ? [] : [ofSetting(setting, reading)];
  });
  const differences = [ofBucket(found, settings), ...(await Promise.all(ofAll)).flat()];
  return { bucket, server: found.place.server, settings, differences };
}

async function readSetting(
  setting: AnySetting,
  { place, existence }: FoundBucket,
  settings: BucketSettings,
): Promise<Reading | Refusal | undefined> {
  return existence === 'absent' ? setting.fresh(place, settings) : setting.read(place, settings);
}

function ofBucket(found: FoundBucket, settings: BucketSettings): BucketDifference {
  const { existence, place, region: actual } = found;
  const region = wantedRegion(place, settings);
  const common = { setting: 'bucket', now: {}, warnings: [] } as const;
  switch (existence) {
    case 'absent':
      return { ...common, kind: 'create', wanted: { bucket: region ?? 'where the server has it' } };
    case 'forbidden':
      return {
        ...common,
        kind: 'denied',
        wanted: {},
        message: 'it exists; it is somebody else’s, or the credentials do not allow s3:ListBucket',
      };
    case 'present':
      if (settings.region !== undefined && actual !== undefined && actual !== settings.region) {
        throw new StorageError(
          'InvalidArgument',
          `bucket ${place.bucket} is in region ${actual}, and a bucket can’t move: set its region to that, or name another bucket`,
          { operation: 'provision' },
        );
      }
      return { ...common, kind: 'none', wanted: {} };
  }
}

function ofSetting({ name }: AnySetting, reading: Reading | Refusal): BucketDifference {
  if ('kind' in reading) {
    return { setting: name, now: {}, wanted: {}, warnings: [], ...reading };
  }
  const { now, wanted, warnings } = reading;
  const kind = isSame(now, wanted) ? 'none' : Object.keys(now).length === 0 ? 'create' : 'change';
  return { setting: name, kind, now, wanted, warnings };
}
