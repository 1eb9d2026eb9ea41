import {
  DeleteObjectTaggingCommand,
  GetObjectTaggingCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import {
  checkTags,
  checkVersionOptions,
  type FileTags,
  type Key,
  parseKey,
  refuseAbsent,
  type VersionOptions,
} from '@org/storage-core';
import { type Bucket, versionName, within } from './bucket.js';
import type { Operations } from './operations.js';
import { checkTagLimits } from './tag-limits.js';

/** The tags of the files in a bucket. */
export function fileTags(bucket: () => Bucket, operations: Operations): FileTags {
  const checked = (key: string, options: VersionOptions): Key => {
    const parsed = parseKey(key);
    checkVersionOptions(options);
    refuseAbsent(bucket().capabilities, { tags: true, versions: options.versionId });
    return parsed;
  };
  return {
    get: (key, options = {}) =>
      operations.run('getTags', key, options, async () =>
        getTags(bucket(), checked(key, options), options),
      ),
    set: (key, tags, options = {}) =>
      operations.run('setTags', key, options, async () => {
        const parsed = checked(key, options);
        checkTags(tags);
        checkTagLimits(tags);
        await setTags(bucket(), parsed, tags, options);
      }),
  };
}

export async function getTags(
  bucket: Bucket,
  key: Key,
  { versionId, signal }: VersionOptions,
): Promise<Readonly<Record<string, string>>> {
  const command = new GetObjectTaggingCommand(versionName(bucket, key, versionId));
  const { TagSet = [] } = await bucket.client.send(command, within(signal));
  return Object.fromEntries(TagSet.map(({ Key: name = '', Value = '' }) => [name, Value]));
}

async function setTags(
  bucket: Bucket,
  key: Key,
  tags: Readonly<Record<string, string>>,
  { versionId, signal }: VersionOptions,
): Promise<void> {
  const { client } = bucket;
  const name = versionName(bucket, key, versionId);
  const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  if (TagSet.length === 0) {
    await client.send(new DeleteObjectTaggingCommand(name), within(signal));
    return;
  }
  await client.send(new PutObjectTaggingCommand({ ...name, Tagging: { TagSet } }), within(signal));
}
