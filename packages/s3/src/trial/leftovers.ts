import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { parseETag } from '@org/storage-core';
import { AFTER_RESPONSE, onDate } from '../middleware.js';
import { isTrial, TRIALS } from './name.js';
import { type Patience, type Place, sent } from './place.js';
import { removeObject } from './removal.js';

/** Milliseconds after which it belongs to none that is under way. */
const ABANDONED = 60 * 60_000;

export interface LeftoverReport {
  /** Objects and unfinished uploads that were removed. */
  readonly removed: number;
  /** Keys of those that could not be. */
  readonly kept: readonly string[];
}

/**
 * Removes what was left by probes, doctors and plans that were killed more than an hour ago, by the server’s clock, which has dated it: up to a page of each kind.
 * @throws StorageError if some of it can’t be listed, when the rest is removed.
 */
export async function sweepLeftovers(place: Place, patience: Patience): Promise<LeftoverReport> {
  let removed = 0;
  const kept: string[] = [];
  const listings = TRIALS.flatMap((prefix) => [
    objects(place, prefix, patience),
    uploads(place, prefix, patience),
  ]);
  const listed = await Promise.allSettled(listings);
  const found = listed.flatMap((listing) => (listing.status === 'fulfilled' ? listing.value : []));
  for (const { key, remove } of found) {
    try {
      await remove();
      removed++;
    } catch {
      kept.push(key);
    }
  }
  const denied = listed.find((listing) => listing.status === 'rejected');
  if (denied !== undefined) throw denied.reason;
  return { removed, kept };
}

/** Milliseconds since 1970; not a number before an answer has told, and then nothing is old. */
class ServerClock {
  now = Number.NaN;
  readonly reader = onDate((date) => {
    this.now = date.getTime();
  });
}

interface Leftover {
  readonly key: string;
  readonly remove: () => Promise<unknown>;
}

async function objects(place: Place, prefix: string, patience: Patience): Promise<Leftover[]> {
  const Prefix = place.prefix + prefix;
  const command = new ListObjectsV2Command({ Bucket: place.bucket, Prefix });
  const clock = new ServerClock();
  command.middlewareStack.add(clock.reader, AFTER_RESPONSE);
  const { Contents = [] } = await sent(place, 'list', patience, (options) =>
    place.client.send(command, options),
  );
  return Contents.flatMap(({ Key: key, LastModified, ETag }) =>
    key !== undefined && isAbandoned(key, place, LastModified, clock.now)
      ? [
          {
            key,
            remove: () =>
              removeObject(
                place,
                { key, etag: ETag === undefined ? undefined : parseETag(ETag) },
                patience,
              ),
          },
        ]
      : [],
  );
}

async function uploads(place: Place, prefix: string, patience: Patience): Promise<Leftover[]> {
  const { bucket: Bucket, client } = place;
  const Prefix = place.prefix + prefix;
  const command = new ListMultipartUploadsCommand({ Bucket, Prefix });
  const clock = new ServerClock();
  command.middlewareStack.add(clock.reader, AFTER_RESPONSE);
  const { Uploads = [] } = await sent(place, 'listUploads', patience, (options) =>
    client.send(command, options),
  );
  return Uploads.flatMap(({ Key: key, UploadId, Initiated }) => {
    if (key === undefined || !isAbandoned(key, place, Initiated, clock.now)) return [];
    const abort = new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId });
    const remove = () =>
      sent(place, 'abortUpload', patience, (options) => client.send(abort, options));
    return [{ key, remove }];
  });
}

function isAbandoned(key: string, { prefix }: Place, made: Date | undefined, now: number): boolean {
  return (
    isTrial(key.slice(prefix.length)) && made !== undefined && made.getTime() < now - ABANDONED
  );
}
