import {
  GetBucketOwnershipControlsCommand,
  PutBucketOwnershipControlsCommand,
} from '@aws-sdk/client-s3';
import { within } from '../../bucket.js';
import type { Setting } from './setting.js';
import type { Ownership } from './settings.js';

const DEFAULT: Ownership = 'BucketOwnerEnforced';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html */
export const OWNERSHIP: Setting<Ownership> = {
  name: 'ownership',
  permissions: ['s3:GetBucketOwnershipControls', 's3:PutBucketOwnershipControls'],
  nothing: 'ObjectWriter',
  nothingCodes: ['OwnershipControlsNotFoundError'],
  read: async ({ client, bucket, signal }) => {
    const command = new GetBucketOwnershipControlsCommand({ Bucket: bucket });
    const { OwnershipControls } = await client.send(command, within(signal));
    // A server that does not know the question answers another one: Ceph lists the bucket.
    return OwnershipControls?.Rules?.[0]?.ObjectOwnership;
  },
  wanted: ({ ownership = DEFAULT }) => ownership,
  facts: (ownership) => ({ ownership }),
  write: ({ client, bucket, signal }, ObjectOwnership) =>
    client.send(
      new PutBucketOwnershipControlsCommand({
        Bucket: bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership }] },
      }),
      within(signal),
    ),
  warnings: (_, { now, wanted }) => {
    if (now === undefined || now === wanted) return [];
    if (wanted === DEFAULT) {
      return ['access control lists, where files or the bucket have any, are no longer looked at'];
    }
    return now === DEFAULT ? ['access control lists are in force again'] : [];
  },
};
