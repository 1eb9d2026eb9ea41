import type { CompletedPart } from '@aws-sdk/client-s3';
import { type Checksums, parseETag } from '@org/storage-core';
import { type Bucket, given } from './bucket.js';
import { completedAfterAll } from './lost-answer.js';
import { AFTER_RESPONSE, onDate } from './middleware.js';
import { completeCommand } from './multipart-requests.js';
import type { Stored, Target } from './put.js';

/** What was sent in parts. */
interface Whole {
  readonly uploadId: string;
  /** In any order. */
  readonly parts: readonly CompletedPart[];
  /** Bytes. */
  readonly size: number;
  readonly checksums: Checksums;
}

/** Makes an object of parts that were just sent, if the precondition holds; also where the answer to that is lost. */
export async function completeParts(
  bucket: Bucket,
  { name, precondition, headers }: Target,
  { uploadId, parts, size, checksums }: Whole,
  signal: AbortSignal,
): Promise<Stored> {
  const ordered = parts.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
  const command = completeCommand(bucket, name, uploadId, { parts: ordered, size, checksums });
  Object.assign(command.input, precondition);
  let date = new Date();
  const tell = onDate((told) => {
    date = told;
  });
  command.middlewareStack.add(tell, AFTER_RESPONSE);
  const answer = await bucket.client
    .send(command, { abortSignal: signal })
    .catch(async (error: unknown) => {
      const etags = ordered.map(({ ETag }) => ETag ?? '');
      const { crc32 } = checksums;
      const completed = { name, uploadId, etags, size, crc32, headers };
      const done =
        Object.keys(precondition).length === 0 &&
        (await completedAfterAll(bucket, completed, error, signal));
      if (!done) throw error;
      date = done.LastModified ?? date;
      return done;
    });
  const { ETag, VersionId } = answer;
  const etag = parseETag(given(ETag, 'ETag'));
  return { etag, date, ...(VersionId === undefined ? {} : { versionId: VersionId }) };
}
