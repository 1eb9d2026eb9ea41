import { DeleteObjectsCommand, type DeleteObjectsCommandOutput } from '@aws-sdk/client-s3';
import {
  type DeleteOptions,
  type DeleteResult,
  distinctKeys,
  type Key,
  parseKey,
  refuseAbsent,
  StorageError,
} from '@org/storage-core';
import { type Bucket, objectName, versionName, within } from './bucket.js';
import { checkCondition, matchHeader } from './condition.js';
import { isUnknownVersion } from './s3-error.js';

/** Keys of one DeleteObjects request, https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const BATCH = 1000;
/** DeleteObjects requests under way at once. */
const BATCHES_AT_ONCE = 4;

export async function deleteFile(bucket: Bucket, key: Key, options: DeleteOptions): Promise<void> {
  const { condition, versionId, signal } = options;
  refuseAbsent(bucket.capabilities, { versions: versionId });
  if (condition !== undefined && bucket.capabilities.conditionalDelete === 'absent') {
    throw new StorageError(
      'Unsupported',
      'the server is not known to honour a condition on a delete, and one that ignores it would delete whatever is there',
    );
  }
  const name = versionName(bucket, key, versionId);
  await checkCondition(bucket, name, condition, signal); // Ceph deletes what is missing, whatever the condition
  const match = condition && { IfMatch: matchHeader(bucket.profile, condition.etag) };
  try {
    await bucket.requests.deleteObject({ ...name, ...match }, { signal });
  } catch (error) {
    if (condition !== undefined || !isGone(error, versionId)) throw error;
  }
}

/** Most servers say that it is done where there is nothing to delete. */
function isGone(error: unknown, versionId: string | undefined): boolean {
  if (versionId !== undefined && isUnknownVersion(error)) return true;
  return error instanceof Error && error.name === 'NoSuchKey';
}

/**
 * @param remove deletes one file: what a bulk request can't name.
 * @param translate makes the error of a key of what a request threw, or of the server's code for that key.
 */
export async function deleteFiles(
  bucket: Bucket,
  keys: Iterable<string>,
  signal: AbortSignal | undefined,
  remove: (key: Key) => Promise<void>,
  translate: (error: unknown, key: string) => StorageError,
): Promise<DeleteResult> {
  const deleted: Key[] = [];
  const failed: DeleteResult['failed'][number][] = [];
  const attempt = async (key: string, work: () => Promise<void> | void) => {
    try {
      await work();
    } catch (error) {
      failed.push({ key, error: translate(error, key) });
    }
  };
  const batches = inBatches(bucket, distinctKeys(keys), attempt, async (key) => {
    await remove(key);
    deleted.push(key);
  });
  const worker = async () => {
    for await (const batch of batches) {
      try {
        const outcome = await deleteBatch(bucket, batch, signal);
        deleted.push(...outcome.deleted);
        for (const { key, error } of outcome.failed) {
          failed.push({ key, error: translate(error, key) });
        }
      } catch (error) {
        for (const key of batch) failed.push({ key, error: translate(error, key) });
      }
    }
  };
  await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, worker));
  return { deleted, failed };
}

/** Batches for the bulk request; what it can't name, which XML 1.0 has no characters for, is deleted alone. */
async function* inBatches(
  bucket: Bucket,
  keys: Iterable<string>,
  attempt: (key: string, work: () => Promise<void> | void) => Promise<void>,
  remove: (key: Key) => Promise<void>,
): AsyncGenerator<Key[]> {
  let batch: Key[] = [];
  for (const text of keys) {
    await attempt(text, async () => {
      const key = parseKey(text);
      objectName(bucket, key); // so that a key that is too long does not take its batch with it
      if (/[\p{Cc}\p{Zl}\p{Zp}\ufffe\uffff]/u.test(key)) await remove(key);
      else batch.push(key);
    });
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

async function deleteBatch(bucket: Bucket, keys: readonly Key[], signal: AbortSignal | undefined) {
  const byName = new Map(keys.map((key) => [objectName(bucket, key).Key, key]));
  const answer = await bucket.client.send(
    new DeleteObjectsCommand({
      Bucket: bucket.name,
      Delete: { Objects: [...byName.keys()].map((Key) => ({ Key })) },
    }),
    within(signal),
  );
  return outcomeOf(answer, byName);
}

/** A key that the answer does not mention counts as failed; so does one that it mentions as both. */
function outcomeOf(answer: DeleteObjectsCommandOutput, byName: Map<string, Key>) {
  const deleted: Key[] = [];
  const failed: { readonly key: Key; readonly error: unknown }[] = [];
  for (const { Key: name = '', Code, Message } of answer.Errors ?? []) {
    const key = byName.get(name);
    if (key === undefined || !byName.delete(name)) continue;
    if (Code === 'NoSuchKey') deleted.push(key);
    else failed.push({ key, error: { Code, message: Message ?? '' } });
  }
  for (const { Key: name = '' } of answer.Deleted ?? []) {
    const key = byName.get(name);
    if (key !== undefined && byName.delete(name)) deleted.push(key);
  }
  for (const key of byName.values()) {
    const error = new StorageError('Unknown', 'the server’s answer does not say what became of it');
    failed.push({ key, error });
  }
  return { deleted, failed };
}
