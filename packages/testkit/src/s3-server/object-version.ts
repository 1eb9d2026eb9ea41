import { maySeeAbsence } from './access.js';
import type { Bucket } from './bucket.js';
import { S3Error } from './error.js';
import { keyOf, type OperationContext } from './operation.js';
import type { ObjectRecord, VersionRecord } from './records.js';
import { checkVersionId } from './version-id.js';
import { versioningOf } from './versioning.js';

/** The object that the request names by its key, and by a version id if it has one. */
export function objectOf(context: OperationContext, bucket: Bucket): ObjectRecord {
  const versionId = askedVersion(context);
  const key = keyOf(context);
  const found = bucket.find(key, versionId);
  if (found?.type === 'object') return found;
  if (!maySeeAbsence(bucket, context.sender)) throw new S3Error('AccessDenied');
  if (versionId === undefined) throw noSuchKey(key, found);
  throw found ? deletedVersion(found) : noSuchVersion(key, versionId);
}

export function askedVersion({ request }: OperationContext): string | undefined {
  const versionId = request.query.get('versionId');
  return versionId === undefined ? undefined : checkVersionId(versionId);
}

/** `marker`: the delete marker that is the current version. */
export function noSuchKey(key: string, marker?: VersionRecord): S3Error {
  const headers = marker && { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId };
  return new S3Error('NoSuchKey', undefined, { Key: key }, undefined, headers);
}

export function noSuchVersion(key: string, versionId: string): S3Error {
  return new S3Error('NoSuchVersion', undefined, { Key: key, VersionId: versionId });
}

/** A delete marker can be deleted by its id, and nothing else. */
function deletedVersion({ versionId, lastModified }: VersionRecord): S3Error {
  const detail = { Method: 'GET', ResourceType: 'DeleteMarker' };
  return new S3Error('MethodNotAllowed', undefined, detail, undefined, {
    allow: 'DELETE',
    'last-modified': new Date(lastModified).toUTCString(),
    'x-amz-delete-marker': 'true',
    'x-amz-version-id': versionId,
  });
}

/** Which version was read or deleted; a bucket where versioning was never configured does not tell. */
export function versionHeaders(bucket: Bucket, version: VersionRecord): Record<string, string> {
  return versioningOf(bucket.record) === 'unversioned'
    ? {}
    : { 'x-amz-version-id': version.versionId };
}

/** Which version was written; S3 does not tell of the version `null` that writes while versioning is suspended. */
export function writtenVersionHeaders(
  bucket: Bucket,
  version: VersionRecord,
): Record<string, string> {
  return versioningOf(bucket.record) === 'enabled' ? { 'x-amz-version-id': version.versionId } : {};
}
