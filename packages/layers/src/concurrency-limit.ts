import { finished } from 'node:stream';
import { discardBody, holdErrors, type StorageProvider } from '@org/storage-core';
import { about, around, type Call } from './around.js';
import { described, failure, placed } from './failure.js';
import { defineLayer, type Layer } from './layer.js';
import { type Release, Semaphore } from './semaphore.js';
import { checkSettings, wholeNumber } from './settings.js';
import { stepwise } from './stepwise.js';

export interface ConcurrencyLimitOptions {
  /** Operations that are under way at once, downloads aside. */
  readonly operations: number;
  /** Downloads whose bodies are open at once. Default: as many as `operations`. */
  readonly downloads?: number | undefined;
  /** Calls that wait for a place at most; a further one is refused with `Throttled`. Default: any number. */
  readonly queue?: number | undefined;
}

/**
 * Lets so many operations through at once; others wait in the order of arrival, or until their signal fires. A download has its
 * place until its body has ended or is destroyed. Downloads are counted apart: an upload whose body is that of a download would
 * else wait for the place that the download has. A listing has a place for each step only: the loop around it may do what it
 * likes. `checkHealth` and the signing of URLs wait for nothing.
 *
 * The places belong to the layer: providers that it is put around share them.
 * @throws StorageError `InvalidArgument`.
 */
export function concurrencyLimit(options: ConcurrencyLimitOptions): Layer {
  // It has no default, and what is undefined counts as not given.
  const required = { ...options, operations: options?.operations ?? Number.NaN };
  checkSettings('concurrencyLimit', required, {
    operations: wholeNumber(1),
    downloads: wholeNumber(1),
    queue: wholeNumber(0),
  });
  const { operations, downloads = operations, queue = Number.POSITIVE_INFINITY } = options;
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

  return defineLayer((inner, provider) => {
    const hold = async <T>(call: Call, run: () => Promise<T>): Promise<T> => {
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
}
