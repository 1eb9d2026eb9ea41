import type { Bucket } from './bucket.js';
import { NO_CONDITION } from './conditions.js';
import {
  type LifecycleFilter,
  type LifecycleRule,
  parseLifecycleRules,
} from './lifecycle-rules.js';
import { wholeSeconds } from './operation.js';
import type { ObjectRecord, VersionRecord } from './records.js';

/** What a run of the lifecycle did, in the order of the keys. */
export type LifecycleAction =
  /** A current object was deleted; in a bucket with versioning, by a delete marker. */
  | { readonly type: 'expired'; readonly bucket: string; readonly key: string }
  /** A noncurrent version, or a delete marker with nothing behind it, was deleted for good. */
  | {
      readonly type: 'version-deleted';
      readonly bucket: string;
      readonly key: string;
      readonly versionId: string;
    }
  | {
      readonly type: 'upload-aborted';
      readonly bucket: string;
      readonly key: string;
      readonly uploadId: string;
    };

const DAY_MS = 24 * 60 * 60 * 1000;

/** Does what the rules of the bucket make due by `now`, in milliseconds since 1970. */
export function runLifecycle(bucket: Bucket, now: number): LifecycleAction[] {
  const document = bucket.record.documents['lifecycle'];
  if (document === undefined) return [];
  const rules = parseLifecycleRules(document).filter(({ enabled }) => enabled);
  const actions: LifecycleAction[] = [];
  for (let key = bucket.versions.first(''); key !== undefined; key = bucket.versions.next(key)) {
    actions.push(...expireKey(bucket, key, rules, now));
  }
  return [...actions, ...abortUploads(bucket, rules, now)];
}

/**
 * Rules are asked of what there is when the run begins: what becomes noncurrent by it is not deleted by it as well,
 * having been noncurrent for no time.
 */
function expireKey(
  bucket: Bucket,
  key: string,
  rules: readonly LifecycleRule[],
  now: number,
): LifecycleAction[] {
  const name = bucket.record.name;
  const versions = bucket.versions.get(key) ?? [];
  const actions: LifecycleAction[] = [];
  for (const version of overdueVersions(versions, rules, now)) {
    bucket.deleteVersion(key, version.versionId, NO_CONDITION);
    actions.push({ type: 'version-deleted', bucket: name, key, versionId: version.versionId });
  }
  const [current] = versions;
  if (current?.type === 'object' && rules.some((rule) => expires(rule, current, now))) {
    bucket.delete(key, NO_CONDITION, wholeSeconds(now));
    actions.unshift({ type: 'expired', bucket: name, key });
  }
  const left = bucket.versions.get(key) ?? [];
  if (current?.type === 'marker' && left.length === 1) {
    if (rules.some((rule) => clearsMarker(rule, current, now))) {
      const { versionId } = current;
      bucket.deleteVersion(key, versionId, NO_CONDITION);
      actions.push({ type: 'version-deleted', bucket: name, key, versionId });
    }
  }
  return actions;
}

/** A version is noncurrent since the one that followed it was written. */
function overdueVersions(
  versions: readonly VersionRecord[],
  rules: readonly LifecycleRule[],
  now: number,
): VersionRecord[] {
  return versions.filter((version, index) => {
    const follower = versions[index - 1];
    if (!follower) return false;
    return rules.some(
      ({ filter, noncurrent }) =>
        noncurrent !== undefined &&
        index > noncurrent.keep &&
        isDue(follower.lastModified, noncurrent.days, now) &&
        appliesTo(filter, version),
    );
  });
}

function expires({ filter, expiration }: LifecycleRule, object: ObjectRecord, now: number) {
  if (!appliesTo(filter, object)) return false;
  switch (expiration?.type) {
    case 'days':
      return isDue(object.lastModified, expiration.days, now);
    case 'date':
      return now >= expiration.date;
    default:
      return false;
  }
}

/** Rules with a number of days clear such markers as well, once they are as old. */
function clearsMarker({ filter, expiration }: LifecycleRule, marker: VersionRecord, now: number) {
  if (!appliesTo(filter, marker)) return false;
  if (expiration?.type === 'days') return isDue(marker.lastModified, expiration.days, now);
  return expiration?.type === 'markers';
}

/** A marker has neither tags nor a size. */
function appliesTo(filter: LifecycleFilter, version: VersionRecord): boolean {
  const { prefix, tags, largerThan, smallerThan } = filter;
  if (!version.key.startsWith(prefix)) return false;
  if (version.type === 'marker') {
    return tags.length === 0 && largerThan === undefined && smallerThan === undefined;
  }
  return (
    tags.every(({ key, value }) =>
      version.tags.some((tag) => tag.key === key && tag.value === value),
    ) &&
    (largerThan === undefined || version.size > largerThan) &&
    (smallerThan === undefined || version.size < smallerThan)
  );
}

function abortUploads(
  bucket: Bucket,
  rules: readonly LifecycleRule[],
  now: number,
): LifecycleAction[] {
  const due = [...bucket.uploads.values()].filter(({ record }) =>
    rules.some(
      ({ filter, abortAfterDays }) =>
        abortAfterDays !== undefined &&
        record.key.startsWith(filter.prefix) &&
        isDue(record.initiated, abortAfterDays, now),
    ),
  );
  return due.map((upload) => {
    bucket.endUpload(upload);
    const { key, id } = upload.record;
    return { type: 'upload-aborted', bucket: bucket.record.name, key, uploadId: id };
  });
}

/**
 * So many days after a time, S3 waits for the next midnight UTC.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html#intro-lifecycle-rules-number-of-days
 */
function isDue(since: number, days: number, now: number): boolean {
  return now >= Math.ceil((since + days * DAY_MS) / DAY_MS) * DAY_MS;
}
