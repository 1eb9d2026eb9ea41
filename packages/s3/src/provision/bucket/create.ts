import { type BucketLocationConstraint, CreateBucketCommand } from '@aws-sdk/client-s3';
import { StorageError } from '@org/storage-core';
import { within } from '../../bucket.js';
import { failureOf } from '../../failure.js';
import type { BucketPlace } from './place.js';
import { told } from './refusal.js';
import type { BucketSettings } from './settings.js';

/** Where the bucket is to be; undefined leaves it to the server. */
export function wantedRegion(place: BucketPlace, { region }: BucketSettings): string | undefined {
  return region ?? (place.server === 'aws' ? place.region : undefined);
}

/**
 * Creates the bucket; one that has come to be meanwhile is fine if it is ours.
 * @throws StorageError `AlreadyExists` if the name is somebody else's, `AccessDenied`, `InvalidArgument`, …
 */
export async function createBucket(place: BucketPlace, settings: BucketSettings): Promise<void> {
  const { client, bucket, signal, endpoint } = place;
  const region = wantedRegion(place, settings);
  // The first of all regions is the one that is not named.
  const constraint = region === undefined || region === 'us-east-1' ? undefined : region;
  const command = new CreateBucketCommand({
    Bucket: bucket,
    ...(constraint === undefined
      ? {}
      : {
          CreateBucketConfiguration: {
            LocationConstraint: constraint as BucketLocationConstraint, // the SDK lists those of its release
          },
        }),
  });
  try {
    await client.send(command, within(signal));
  } catch (error) {
    const { code, message } = failureOf(error);
    switch (code) {
      case 'BucketAlreadyOwnedByYou':
        return;
      case 'BucketAlreadyExists':
        throw refusal(
          'AlreadyExists',
          `the name ${bucket} is taken by somebody else; choose another`,
        );
      case 'InvalidBucketName':
        throw refusal('InvalidArgument', `${JSON.stringify(bucket)} is not a name for a bucket`);
      case 'IllegalLocationConstraintException':
      case 'InvalidLocationConstraint':
        throw refusal(
          'InvalidArgument',
          `${endpoint} creates no bucket in ${region ?? 'its default region'}: set the region to one of its own, for the client as for the bucket (${message})`,
        );
      case 'TooManyBuckets':
        throw refusal('QuotaExceeded', 'the account has as many buckets as it may have');
      default:
        throw told(error, place, 'createBucket');
    }
  }
}

function refusal(code: StorageError['code'], message: string): StorageError {
  return new StorageError(code, message, { operation: 'createBucket' });
}
