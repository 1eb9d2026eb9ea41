import { setTimeout as sleep } from 'node:timers/promises';
import { PutBucketLifecycleConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import { TOMBSTONE_TAG } from '@org/storage-core';
import { look, TOMBSTONE_SIZE } from '@org/storage-hybrid';
import type { S3StorageProvider } from '@org/storage-s3';
import type { BucketPlace } from '../../../migration/test/live/stores.js';
import { openBucket } from './places.js';

/** The keys that have one, of all or of those that had one `before`. */
async function tombstonesIn(
  target: S3StorageProvider,
  before?: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const entry of target.list()) {
    if (entry.type !== 'file' || entry.size !== TOMBSTONE_SIZE) continue;
    if (before?.has(entry.key) === false) continue;
    if ((await look(target, entry.key, undefined)).type === 'tombstone') keys.add(entry.key);
  }
  return keys;
}

/** ms in which one of them has to go at least. The server looks at every object of the bucket, over and over. */
const PATIENCE = 900_000;

/**
 * Resolves when the server has removed those that are there now.
 * @param onLeft told how many are left, whenever these are fewer.
 * @throws Error if none goes any more.
 */
export async function untilExpired(
  place: BucketPlace,
  onLeft: (left: number) => void = () => {},
): Promise<number> {
  await using target = openBucket(place);
  const before = await tombstonesIn(target);
  let progress = performance.now();
  for (let left = before; left.size > 0; ) {
    const begun = performance.now();
    const still = await tombstonesIn(target, left);
    const ended = performance.now();
    if (still.size < left.size) {
      progress = ended;
      onLeft(still.size);
    }
    left = still;
    if (ended - progress > PATIENCE)
      throw new Error(`${left.size} of ${before.size} tombstones don’t expire`);
    await sleep(Math.max(500, 4 * (ended - begun))); // a look is work for the server, too
  }
  return before.size;
}

/** The server removes them when they are a day old, however long that is there. */
export async function expireTombstones(place: BucketPlace): Promise<void> {
  const { endpoint, region, credentials, bucket } = place;
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const { key: Key, value: Value } = TOMBSTONE_TAG;
  const rule = { ID: 'tombstones', Status: 'Enabled' as const, Filter: { Tag: { Key, Value } } };
  await client.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: bucket,
      LifecycleConfiguration: { Rules: [{ ...rule, Expiration: { Days: 1 } }] },
    }),
  );
  client.destroy();
}
