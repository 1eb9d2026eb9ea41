import { finished } from 'node:stream';
import { discardBody, holdErrors, StorageError, type StorageProvider } from '@org/storage-core';
import { about, around, type Call } from './around.js';
import { described, failure, placed } from './failure.js';
import { defineLayer, type Layer } from './layer.js';
import { type Release, Semaphore } from './semaphore.js';
import { type Check, checkSettings, wholeNumber } from './settings.js';
import { stepwise } from './stepwise.js';

export interface ConcurrencyLimitOptions {
  /** Operations that are under way at once, downloads aside; `Infinity` for no limit. */
  readonly operations: number;
  /** Downloads whose bodies are open at once; `Infinity` for no limit. Default: as many as `operations`. */
  readonly downloads?: number | undefined;
  /** Calls that wait for a place at most; a further one is refused with `Throttled`. Default: any number. */
  readonly queue?: number | undefined;
}

/**
 * The limits can be set at any time. More places serve those who wait at once; of fewer, who has one keeps it. What began without a
 * limit has none.
 */
export interface ConcurrencyLimit extends Layer {
  /** `Infinity` for no limit. */
  operations: number;
  /** `Infinity` for no limit. */
  downloads: number;
  /** `Infinity` for any number. */
  queue: number;
}

/**
 * Lets so many operations through at once; others wait in the order of arrival, or until their signal fires. A download has its
 * place until its body has ended or is destroyed. Downloads are counted apart: an upload whose body is that of a download would
 * else wait for the place that the download has. A listing has a place for each step only: the loop around it may do what it
 * likes. `checkHealth` and the signing of URLs wait for nothing.
 *
 * The places belong to the layer: providers that it is put around share them.
 * @throws StorageError `InvalidArgument`, also from the setters.
 */
export function concurrencyLimit(options: ConcurrencyLimitOptions): ConcurrencyLimit {
  // It has no default, and what is undefined counts as not given.
  const required = { ...options, operations: options?.operations ?? Number.NaN };
  checkSettings('concurrencyLimit', required, LIMITS);
  const { operations, downloads = operations } = options;
  let { queue = Number.POSITIVE_INFINITY } = options;
  const places = { operations: new Semaphore(operations), downloads: new Semaphore(downloads) };

  const acquire = async (
    provider: StorageProvider,
    call: Call,
    semaphore: Semaphore,
  ): Promise<Release> => {
    const { body, signal } = call;
    if (body !== undefined) holdErrors(body);
    const waiting = places.operations.waiting + places.downloads.waiting;
    if (semaphore.full && waiting >= queue) {
      if (body !== undefined) discardBody(body);
      const message = `${described(call)} was not tried: ${waiting} calls wait already, which is the limit`;
      throw failure(provider, call, 'Throttled', message);
    }
    return semaphore.acquire(signal).catch((error: unknown) => {
      if (body !== undefined) discardBody(body);
      throw placed(provider, call, error);
    });
  };

  const layer = defineLayer((inner, provider) => {
    const hold = async <T>(call: Call, run: () => Promise<T>): Promise<T> => {
      if (!limits(places.operations)) return run();
      const release = await acquire(provider, call, places.operations);
      try {
        return await run();
      } finally {
        release();
      }
    };
    return {
      ...around(inner, {
        call: (call, run) => hold(call, () => run()),
        listing: (call, run) => stepwise(run(), (next) => hold(call, next)),
      }),
      async download(key, given) {
        if (!limits(places.downloads)) return inner.download(key, given);
        const call = about('download', given, key);
        const release = await acquire(provider, call, places.downloads);
        try {
          const download = await inner.download(key, given);
          finished(download.body, { writable: false }, release);
          return download;
        } catch (error) {
          release();
          throw error;
        }
      },
      checkHealth: inner.checkHealth,
      createDownloadUrl: inner.createDownloadUrl,
      createUploadTicket: (key, given) =>
        given?.type === 'multipart'
          ? hold(about('createUploadTicket', given, key), () =>
              inner.createUploadTicket(key, given),
            )
          : inner.createUploadTicket(key, given),
    };
  });
  return Object.defineProperties(Object.assign(layer, { operations, downloads, queue }), {
    operations: setting('operations', {
      get: () => places.operations.places,
      set: (value) => {
        places.operations.places = value;
      },
    }),
    downloads: setting('downloads', {
      get: () => places.downloads.places,
      set: (value) => {
        places.downloads.places = value;
      },
    }),
    queue: setting('queue', {
      get: () => queue,
      set: (value) => {
        queue = value;
      },
    }),
  });
}

function limits({ places }: Semaphore): boolean {
  return Number.isFinite(places);
}

/** A whole number, or `Infinity` for no limit. */
function orNone(check: Check): Check {
  return (value) => {
    const problem = value === Number.POSITIVE_INFINITY ? undefined : check(value);
    return problem && `${problem}, or Infinity`;
  };
}

const LIMITS = {
  operations: orNone(wholeNumber(1)),
  downloads: orNone(wholeNumber(1)),
  queue: orNone(wholeNumber(0)),
} as const;

function setting(
  name: keyof typeof LIMITS,
  { get, set }: { get(): number; set(value: number): void },
): PropertyDescriptor {
  return {
    get,
    set(value: number) {
      const problem = LIMITS[name](value);
      if (problem !== undefined)
        throw new StorageError('InvalidArgument', `${name} of concurrencyLimit ${problem}`);
      set(value);
    },
  };
}
