import { OPERATIONS } from '@org/storage-core';
import { about, around } from './around.js';
import { defineLayer, type Layer } from './layer.js';
import type { OperationName } from './operations.js';
import { type Check, checkSettings, delay, limit } from './settings.js';
import { Timed } from './timed.js';

export interface TimeoutOptions {
  /**
   * Milliseconds for every operation but `upload`: until its promise settles; of a download until its body is handed out, of a
   * listing for each step. Default: none.
   */
  readonly milliseconds?: number | undefined;
  /** Milliseconds for single operations, by name; `Infinity` for none. The only limit of a whole `upload`. */
  readonly operations?: Readonly<Partial<Record<OperationName, number>>> | undefined;
  /**
   * Milliseconds that a reader of a downloaded body waits for its next bytes at most; then the body is destroyed with
   * `Timeout`. Time in which nobody reads does not count. Default: none.
   */
  readonly downloadIdle?: number | undefined;
  /**
   * Milliseconds that an upload may take from one progress to the next, as `onProgress` tells it: with S3, for one request. A body
   * that gives nothing counts, too. Default: none.
   */
  readonly uploadIdle?: number | undefined;
  /**
   * Milliseconds that an operation which changes something has to clean up and end, once it was told to stop. Then it is given
   * up on, and may still be under way. Default 5,000.
   */
  readonly grace?: number | undefined;
}

const operationLimits: Check = (value) => {
  if (typeof value !== 'object' || value === null) return 'is an object of names and milliseconds';
  const names: readonly string[] = OPERATIONS;
  for (const [name, milliseconds] of Object.entries(value)) {
    if (!names.includes(name)) return `names "${name}", which is no operation`;
    const problem = milliseconds === undefined ? undefined : limit(milliseconds);
    if (problem !== undefined) return `for ${name} ${problem}`;
  }
  return undefined;
};

/**
 * Ends what takes too long with `Timeout`, which is retryable. Copies and moves of large files, `deleteMany` and `sweepUploads` take long
 * by nature: give them limits of their own. `checkHealth` reports an unhealthy store instead.
 * @throws StorageError `InvalidArgument`.
 */
export function timeout(limits: number | TimeoutOptions): Layer {
  const options: TimeoutOptions = typeof limits === 'number' ? { milliseconds: limits } : limits;
  checkSettings('timeout', options, {
    milliseconds: limit,
    operations: operationLimits,
    downloadIdle: limit,
    uploadIdle: limit,
    grace: delay,
  });
  return defineLayer((inner, provider) => {
    const timed = new Timed(options, provider);
    return {
      ...around(inner, {
        call: (call, run) => timed.call(call, run),
        listing: (call, run) => timed.listing(call, run),
      }),
      upload(key, body, given) {
        const call = { ...about('upload', given, key), body };
        return timed.upload(call, given?.onProgress, (signal, onProgress) =>
          inner.upload(key, body, {
            ...given,
            ...(signal === undefined ? {} : { signal }),
            ...(onProgress === undefined ? {} : { onProgress }),
          }),
        );
      },
      download: (key, given) =>
        timed.download(about('download', given, key), (signal) =>
          inner.download(key, signal === undefined ? given : { ...given, signal }),
        ),
      checkHealth: (given) =>
        timed.health(about('checkHealth', given), (signal) =>
          inner.checkHealth(signal === undefined ? given : { ...given, signal }),
        ),
    };
  });
}
