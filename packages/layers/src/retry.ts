import { ascendingProgress } from '@org/storage-core';
import { around, type Call } from './around.js';
import { Attempts, type Pace, repeat } from './attempts.js';
import { repeatable } from './body.js';
import { placed } from './failure.js';
import { defineLayer, type Layer } from './layer.js';
import { mayPass, nothingWasDone } from './repeatable-error.js';
import { repeatedDelete } from './repeated-delete.js';
import { resumed } from './resumed-listing.js';
import { checkSettings, delay, wholeNumber } from './settings.js';

export interface RetryOptions {
  /** Attempts in all, the first included. Default 3. */
  readonly attempts?: number | undefined;
  /** Milliseconds, about what the first pause takes; each further one is about twice as long. Default 100. */
  readonly initialDelay?: number | undefined;
  /** Milliseconds that no pause exceeds, but for what the store asks for (`retryAfter`), up to a minute. Default 10,000. */
  readonly maxDelay?: number | undefined;
}

/**
 * Repeats what failed with an error that is `retryable`, and only what can be repeated safely:
 *
 * - what reads; `setTags`, `restoreVersion`, `abortUpload`, `sweepUploads`, signing, `probe`: done twice is done once;
 * - a download until its body is handed out; a body that fails later is for the provider to continue;
 * - a listing of files goes on after its last entry; other listings are repeated until their first entry;
 * - `deleteMany` for the keys that failed;
 * - unconditional uploads of bytes, text or a `Blob`, copies and deletes. A stream is never sent twice.
 *
 * A conditional write is repeated only if the error says that nothing was done (`Throttled`, `Conflict`, an open circuit). After
 * `Unavailable` or `Timeout` the first attempt may have happened, and the second would meet its effect and report
 * `AlreadyExists` or `PreconditionFailed` for what has succeeded. To compare what is stored instead can't tell one's own write from the
 * same bytes of another writer, who then both hold the lock. The error is therefore handed on, and the caller, who knows what was
 * meant, looks. The same goes for `multipart.complete` and for a ticket that begins an upload in parts. A move is a copy and a
 * delete: without a condition it is repeated if nothing or only the copy was done, with one it is not.
 *
 * `checkHealth` is not repeated. The channel `org.storage.retry` tells of each repetition ({@link RetryEvent}).
 * @throws StorageError `InvalidArgument`.
 */
export function retry(options: RetryOptions = {}): Layer {
  checkSettings('retry', options, {
    attempts: wholeNumber(1),
    initialDelay: delay,
    maxDelay: delay,
  });
  const { attempts = 3, initialDelay = 100, maxDelay = 10_000 } = options;
  const pace: Pace = { attempts, initialDelay, maxDelay };
  return defineLayer((inner, provider) => {
    const attemptsAt = (call: Call) => new Attempts(pace, provider.name, call);
    const onlyIfNothingWasDone = <T>(call: Call, run: () => Promise<T>) =>
      repeat(attemptsAt(call), nothingWasDone, run);
    const always = <T>(call: Call, run: () => Promise<T>) => repeat(attemptsAt(call), mayPass, run);
    const byCondition = (condition: unknown) =>
      condition === undefined ? always : onlyIfNothingWasDone;
    return {
      ...around(inner, {
        call: (call, run) => always(call, () => run()),
        listing: (call, run) => untilFirst(() => run(), attemptsAt(call)),
      }),
      upload(key, body, given) {
        if (!repeatable(body)) return inner.upload(key, body, given);
        const call: Call = { operation: 'upload', key, signal: given?.signal };
        const ascending = ascendingProgress(given);
        return byCondition(given?.condition)(call, () => inner.upload(key, body, ascending));
      },
      delete: (key, given) =>
        byCondition(given?.condition)({ operation: 'delete', key, signal: given?.signal }, () =>
          inner.delete(key, given),
        ),
      async deleteMany(keys, given) {
        const call: Call = { operation: 'deleteMany', signal: given?.signal };
        return repeatedDelete(inner, keys, given, attemptsAt(call)).catch((error: unknown) => {
          throw placed(provider, call, error);
        });
      },
      list: (given) =>
        resumed(inner.list, given, attemptsAt({ operation: 'list', signal: given?.signal })),
      copy: (from, to, given) =>
        byCondition(given?.condition ?? given?.sourceCondition)(
          { operation: 'copy', key: from, signal: given?.signal },
          () => inner.copy(from, to, given),
        ),
      move(from, to, given) {
        if ((given?.condition ?? given?.sourceCondition) !== undefined)
          return inner.move(from, to, given);
        const call: Call = { operation: 'move', key: from, signal: given?.signal };
        return onlyIfNothingWasDone(call, () => inner.move(from, to, given));
      },
      checkHealth: inner.checkHealth,
      createUploadTicket(key, given) {
        const call: Call = { operation: 'createUploadTicket', key, signal: given?.signal };
        const begins = given?.type === 'multipart' && given.uploadId === undefined;
        return (begins ? onlyIfNothingWasDone : always)(call, () =>
          inner.createUploadTicket(key, given),
        );
      },
      completeUpload: (key, id, parts, given) =>
        onlyIfNothingWasDone({ operation: 'completeUpload', key, signal: given?.signal }, () =>
          inner.completeUpload(key, id, parts, given),
        ),
    };
  });
}

/** A listing that can't be resumed at an entry: once one was handed out, it would be handed out again. */
async function* untilFirst<T>(
  list: () => AsyncIterable<T>,
  attempts: Attempts,
): AsyncGenerator<T, void, undefined> {
  for (let begun = false; ; ) {
    try {
      for await (const entry of list()) {
        begun = true;
        yield entry;
      }
      return;
    } catch (error) {
      if (begun) throw error;
      await attempts.after(error, mayPass);
    }
  }
}
