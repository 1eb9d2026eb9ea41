import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import {
  type ByteRange,
  type Download,
  type DownloadOptions,
  type Key,
  type ResolvedRange,
  resolveRange,
  StorageError,
  verifiedStream,
} from '@org/storage-core';
import { type Bucket, given, objectName, within } from './bucket.js';
import { matchHeader } from './condition.js';
import { recordedSha256, storedChecksums } from './metadata.js';
import { BEFORE_SIGNING, withHeaders } from './middleware.js';
import { fileOf, statFile } from './stat.js';

/**
 * Opens a file.
 * @param translate makes a `StorageError` of what breaks the body off.
 */
export async function downloadFile(
  bucket: Bucket,
  key: Key,
  options: DownloadOptions,
  translate: (error: unknown) => StorageError,
): Promise<Download> {
  const { range, condition, signal } = options;
  if (range !== undefined && 'suffix' in range && range.suffix === 0) {
    resolveRange(range, (await statFile(bucket, key, signal)).size); // throws; servers answer `bytes=-0` differently
  }
  const command = new GetObjectCommand({
    ...objectName(bucket, key),
    ...(range === undefined ? {} : { Range: rangeHeader(range) }),
    ...(condition === undefined ? {} : { IfMatch: matchHeader(bucket.profile, condition.etag) }),
  });
  // As a parameter of the command, it would make the SDK hash the body, too, and answer a mismatch in its own way.
  if (range === undefined)
    command.middlewareStack.add(withHeaders({ 'x-amz-checksum-mode': 'ENABLED' }), BEFORE_SIGNING);
  const answer = await bucket.client.send(command, within(signal));
  const source = bodyOf(answer);
  try {
    const what = `the content of ${key}`;
    const length = given(answer.ContentLength, 'Content-Length');
    if (range === undefined) {
      const checksums = storedChecksums(answer);
      const metadata = fileOf(key, answer, length, checksums);
      return {
        metadata,
        body: verifiedStream(source, { size: length, checksums }, what, translate),
      };
    }
    const { resolved, size } = contentRange(answer, length);
    const body = verifiedStream(
      source,
      { size: resolved.end - resolved.start + 1 },
      `the range of ${key}`,
      translate,
    );
    // A checksum that comes with a range may be that of a part.
    return { metadata: fileOf(key, answer, size, recordedSha256(answer)), body, range: resolved };
  } catch (error) {
    source.destroy();
    throw error;
  }
}

function rangeHeader(range: ByteRange): string {
  return 'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.start}-${range.end ?? ''}`;
}

function bodyOf(answer: GetObjectCommandOutput): Readable {
  const { Body } = answer;
  if (Body instanceof Readable) return Body;
  throw new StorageError('Unknown', 'the answer’s body is not a stream of Node');
}

/** RFC 9110, section 14.4. */
function contentRange(
  answer: GetObjectCommandOutput,
  length: number,
): { readonly resolved: ResolvedRange; readonly size: number } {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.ContentRange ?? '');
  if (match === null) {
    // A few servers answer for an empty object as if no range had been asked for.
    if (length === 0) resolveRange({ suffix: 1 }, 0);
    throw new StorageError('Unsupported', 'the server does not answer for a range of a file');
  }
  const [start, end, size] = match.slice(1).map(Number);
  return {
    resolved: { start: given(start, 'range'), end: given(end, 'range') },
    size: given(size, 'range'),
  };
}
