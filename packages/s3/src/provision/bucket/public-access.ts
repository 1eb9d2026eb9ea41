import { GetPublicAccessBlockCommand, PutPublicAccessBlockCommand } from '@aws-sdk/client-s3';
import { within } from '../../bucket.js';
import { BEFORE_SIGNING, withHeaders } from '../../middleware.js';
import type { Facts, Setting } from './setting.js';
import type { BucketSettings, PublicAccessBlock } from './settings.js';

type Block = Readonly<Record<keyof PublicAccessBlock, boolean>>;

const ALL: Block = each(() => true);
const NONE: Block = each(() => false);

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html */
export const PUBLIC_ACCESS: Setting<Block> = {
  name: 'public access',
  permissions: ['s3:GetBucketPublicAccessBlock', 's3:PutBucketPublicAccessBlock'],
  nothing: NONE,
  nothingCodes: ['NoSuchPublicAccessBlockConfiguration'],
  read: async ({ client, bucket, signal }) => {
    const command = new GetPublicAccessBlockCommand({ Bucket: bucket });
    // Ceph 20 sends more than it announces where there is none, which would begin the next answer on the connection.
    command.middlewareStack.add(withHeaders({ connection: 'close' }), BEFORE_SIGNING);
    const { PublicAccessBlockConfiguration: found } = await client.send(command, within(signal));
    // Of another answer, the SDK makes a configuration of nothing.
    if (found?.BlockPublicAcls === undefined) return undefined;
    return {
      publicAcls: found.BlockPublicAcls === true,
      ignorePublicAcls: found.IgnorePublicAcls === true,
      publicPolicy: found.BlockPublicPolicy === true,
      restrictPublicBuckets: found.RestrictPublicBuckets === true,
    };
  },
  wanted: wantedBlock,
  facts: (state): Facts => each((name) => (state[name] ? 'blocked' : 'open')),
  write: ({ client, bucket, signal }, state) => {
    const PublicAccessBlockConfiguration = {
      BlockPublicAcls: state.publicAcls,
      IgnorePublicAcls: state.ignorePublicAcls,
      BlockPublicPolicy: state.publicPolicy,
      RestrictPublicBuckets: state.restrictPublicBuckets,
    };
    return client.send(
      new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration }),
      within(signal),
    );
  },
  warnings: (_, { now, wanted }) => [
    ...(now && isWeaker(now, wanted) ? ['what was blocked is opened'] : []),
    ...(now && wanted.restrictPublicBuckets && !now.restrictPublicBuckets
      ? ['whoever was let in by a public policy, if there is one, is no longer']
      : []),
  ],
};

export function wantedBlock({ blockPublicAccess, publicPrefix }: BucketSettings): Block {
  if (blockPublicAccess === undefined) {
    // A public policy is refused by the one, and ignored by the other.
    return publicPrefix === undefined
      ? ALL
      : { ...ALL, publicPolicy: false, restrictPublicBuckets: false };
  }
  if (typeof blockPublicAccess === 'boolean') return blockPublicAccess ? ALL : NONE;
  return each((name) => blockPublicAccess[name] ?? true);
}

function isWeaker(now: Block, wanted: Block): boolean {
  return Object.values(each((name) => now[name] && !wanted[name])).includes(true);
}

function each<T>(value: (name: keyof PublicAccessBlock) => T) {
  return {
    publicAcls: value('publicAcls'),
    ignorePublicAcls: value('ignorePublicAcls'),
    publicPolicy: value('publicPolicy'),
    restrictPublicBuckets: value('restrictPublicBuckets'),
  };
}
