import { type CompletedPart, CompleteMultipartUploadCommand } from '@aws-sdk/client-s3';
import {
  type CompleteOptions,
  type FileMetadata,
  type Key,
  StorageError,
  type UploadedPart,
} from '@org/storage-core';
import { type Bucket, objectName, within } from './bucket.js';
import { precondition, refuseUnknownCondition } from './condition.js';
import { type ListedPart, listedUpload } from './listed-parts.js';
import { completedAfterAll } from './lost-answer.js';
import { statFile } from './stat.js';

type NamedPart = Pick<UploadedPart, 'number' | 'etag'>;

/**
 * Makes a file of the parts of an upload. The parts are compared with those that the server has: some servers take parts
 * in a wrong order, or fail with status 500 where there is no such upload.
 */
export async function completeUpload(
  bucket: Bucket,
  key: Key,
  uploadId: string,
  parts: readonly NamedPart[],
  options: CompleteOptions,
): Promise<FileMetadata> {
  const { condition, signal } = options;
  const ordered = orderedParts(parts);
  refuseUnknownCondition(bucket, condition, 'in parts');
  const name = objectName(bucket, key);
  const { parts: listed } = await listedUpload(bucket, name, uploadId, signal);
  const chosen = chosenParts(ordered, listed);
  const command = new CompleteMultipartUploadCommand({
    ...name,
    ...precondition(bucket, condition),
    UploadId: uploadId,
    MultipartUpload: { Parts: chosen.map(completedPart) },
  });
  let versionId: string | undefined;
  try {
    ({ VersionId: versionId } = await bucket.client.send(command, within(signal)));
  } catch (error) {
    const etags = chosen.map(({ etag }) => etag);
    const size = chosen.reduce((sum, part) => sum + part.size, 0);
    const done =
      condition === undefined &&
      (await completedAfterAll(bucket, { name, uploadId, etags, size }, error, signal));
    if (!done) throw error;
    versionId = done.VersionId;
  }
  return statFile(bucket, key, signal, versionId);
}

function orderedParts(parts: readonly NamedPart[]): readonly NamedPart[] {
  const given: unknown = parts;
  if (!Array.isArray(given) || parts.length === 0)
    throw new StorageError('InvalidArgument', 'parts is a list of at least one { number, etag }');
  const ordered = [...parts].sort((a, b) => a.number - b.number);
  const twice = ordered.find((part, index) => part.number === ordered[index + 1]?.number);
  if (twice === undefined) return ordered;
  throw new StorageError('InvalidArgument', `part ${twice.number} is named twice`);
}

function chosenParts(parts: readonly NamedPart[], listed: readonly ListedPart[]): ListedPart[] {
  const known = new Map(listed.map((part) => [part.number, part]));
  return parts.map(({ number, etag }) => {
    const part = known.get(number);
    if (part?.etag === etag) return part;
    throw new StorageError(
      'InvalidArgument',
      part === undefined
        ? `the upload has no part ${number}`
        : `part ${number} of the upload has the ETag ${part.etag}, not ${etag}`,
    );
  });
}

function completedPart({ number, etag, checksums }: ListedPart): CompletedPart {
  return { PartNumber: number, ETag: etag, ...checksums };
}
