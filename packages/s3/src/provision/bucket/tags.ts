import { GetBucketTaggingCommand, PutBucketTaggingCommand } from '@aws-sdk/client-s3';
import { within } from '../../bucket.js';
import type { Setting } from './setting.js';

/** All of a bucket, Amazon's own among them: what is put takes the place of all, and must not leave those out. */
type Tags = Readonly<Record<string, string>>;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html */
export const TAGS: Setting<Tags> = {
  name: 'tags',
  permissions: ['s3:GetBucketTagging', 's3:PutBucketTagging'],
  nothing: {},
  nothingCodes: ['NoSuchTagSet', 'NoSuchTagSetError'],
  read: async ({ client, bucket, signal }) => {
    const command = new GetBucketTaggingCommand({ Bucket: bucket });
    const { TagSet = [] } = await client.send(command, within(signal));
    return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
  },
  wanted: ({ tags }, now) => tags && { ...now, ...tags },
  facts: (state, { tags = {} }) =>
    Object.fromEntries(Object.entries(state).filter(([name]) => Object.hasOwn(tags, name))),
  write: ({ client, bucket, signal }, state) => {
    const TagSet = Object.entries(state).map(([Key, Value]) => ({ Key, Value }));
    const command = new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } });
    return client.send(command, within(signal));
  },
};
