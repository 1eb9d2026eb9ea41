import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Body,
  type Download,
  discardBody,
  type FileTags,
  type FileVersions,
  isStorageError,
  type MultipartUploads,
  StorageError,
  type StorageErrorCode,
  type StorageProvider,
  throwIfAborted,
} from '@org/storage-core';
import { broken, brokenUpload, corrupted, truncated } from './broken-body.js';
import type { Failure, FaultEffect } from './fault.js';
import { FaultControl, type FaultyCall } from './fault-control.js';

/** A provider that fails on purpose. */
export interface FaultyProvider extends StorageProvider {
  readonly faults: FaultControl;
}

interface Call extends FaultyCall {
  readonly signal?: AbortSignal | undefined;
  /** What is to be uploaded: discarded where the call fails before it is handed on. */
  readonly body?: Body;
}

/** The members that a provider need not have: `undefined` where the original has none. */
type Whole = {
  readonly [Name in keyof Required<StorageProvider>]: StorageProvider[Name];
};

/**
 * Wraps any provider, so that `faults` make it fail. Without faults it is what it wraps; closing it closes that. A bulk
 * operation is one call: the deletes of a `deleteMany` are not struck one by one.
 */
export function withFaults(inner: StorageProvider): FaultyProvider {
  const faults = new FaultControl();

  const placeOf = ({ operation, key }: Call) => ({
    operation,
    provider: inner.name,
    ...(key === undefined ? {} : { key }),
  });

  function failure(call: Call, effect: Partial<Failure>, code: StorageErrorCode): StorageError {
    const message = effect.message ?? `a fault that was asked for strikes ${call.operation}`;
    return new StorageError(effect.code ?? code, message, {
      ...placeOf(call),
      ...(effect.retryable === undefined ? {} : { retryable: effect.retryable }),
    });
  }

  async function before(call: Call, effects: readonly FaultEffect[]): Promise<void> {
    for (const effect of effects) {
      if (effect.type === 'error') throw failure(call, effect, effect.code);
      if (effect.type !== 'delay') continue;
      await sleep(effect.milliseconds, undefined, { signal: call.signal }).catch(() => {});
      throwIfAborted(call.signal, placeOf(call));
    }
  }

  function after(call: Call, effects: readonly FaultEffect[]): void {
    for (const effect of effects)
      if (effect.type === 'lost-answer') throw failure(call, effect, 'Timeout');
  }

  async function struck<T>(
    call: Call,
    run: (effects: readonly FaultEffect[]) => Promise<T>,
  ): Promise<T> {
    const effects = faults.strike(call);
    if (call.body instanceof Readable) call.body.on('error', () => {}); // until it is read, where they show again
    try {
      await before(call, effects);
    } catch (error) {
      if (call.body !== undefined) discardBody(call.body);
      throw error;
    }
    const result = await run(effects);
    after(call, effects);
    return result;
  }

  async function* struckListing<T>(call: Call, run: () => AsyncIterable<T>): AsyncGenerator<T> {
    const effects = faults.strike(call);
    await before(call, effects);
    const breaks = effects.find((effect) => effect.type === 'break-listing');
    let listed = 0;
    for await (const entry of run()) {
      if (breaks !== undefined && listed >= breaks.after)
        throw failure(call, breaks, 'Unavailable');
      listed += 1;
      yield entry;
    }
    after(call, effects);
  }

  function upload(call: Call, body: Body, effects: readonly FaultEffect[]): Body {
    const breaks = effects.find((effect) => effect.type === 'break-upload');
    if (breaks === undefined) return body;
    return brokenUpload(body, breaks.after, failure(call, breaks, 'Unavailable'));
  }

  function download(call: Call, opened: Download, effects: readonly FaultEffect[]): Download {
    let { body } = opened;
    for (const effect of effects) {
      if (effect.type === 'corrupt-download') body = corrupted(body, effect.offset);
      if (effect.type === 'truncate-download') body = truncated(body, effect.length);
      if (effect.type === 'break-download')
        body = broken(body, effect.after, failure(call, effect, 'Unavailable'));
      if (effect.type === 'lost-answer') body.destroy();
    }
    return { ...opened, body };
  }

  const { multipart, versions, tags, createDownloadUrl, createUploadTicket, probe } = inner;

  const faultyTags: FileTags | undefined = tags && {
    get: (key, options) =>
      struck({ operation: 'getTags', key, signal: options?.signal }, () => tags.get(key, options)),
    set: (key, all, options) =>
      struck({ operation: 'setTags', key, signal: options?.signal }, () =>
        tags.set(key, all, options),
      ),
  };

  const faultyVersions: FileVersions | undefined = versions && {
    list: (options) =>
      struckListing({ operation: 'listVersions', signal: options?.signal }, () =>
        versions.list(options),
      ),
    restore: (key, versionId, options) =>
      struck({ operation: 'restoreVersion', key, signal: options?.signal }, () =>
        versions.restore(key, versionId, options),
      ),
  };

  const faultyMultipart: MultipartUploads | undefined = multipart && {
    list: (options) =>
      struckListing({ operation: 'listUploads', signal: options?.signal }, () =>
        multipart.list(options),
      ),
    abort: (key, id, options) =>
      struck({ operation: 'abortUpload', key, signal: options?.signal }, () =>
        multipart.abort(key, id, options),
      ),
    listParts: (key, id, options) =>
      struckListing({ operation: 'listParts', key, signal: options?.signal }, () =>
        multipart.listParts(key, id, options),
      ),
    complete: (key, id, parts, options) =>
      struck({ operation: 'completeUpload', key, signal: options?.signal }, () =>
        multipart.complete(key, id, parts, options),
      ),
    sweep: (options) =>
      struck({ operation: 'sweepUploads', signal: options.signal }, () => multipart.sweep(options)),
  };

  const whole: Whole = {
    name: inner.name,
    capabilities: inner.capabilities,
    multipart: faultyMultipart,
    versions: faultyVersions,
    tags: faultyTags,
    upload(key, body, options) {
      const call: Call = { operation: 'upload', key, signal: options?.signal, body };
      return struck(call, (effects) => inner.upload(key, upload(call, body, effects), options));
    },
    download(key, options) {
      const call: Call = { operation: 'download', key, signal: options?.signal };
      return struck(call, async (effects) =>
        download(call, await inner.download(key, options), effects),
      );
    },
    stat: (key, options) =>
      struck({ operation: 'stat', key, signal: options?.signal }, () => inner.stat(key, options)),
    exists: (key, options) =>
      struck({ operation: 'exists', key, signal: options?.signal }, () =>
        inner.exists(key, options),
      ),
    delete: (key, options) =>
      struck({ operation: 'delete', key, signal: options?.signal }, () =>
        inner.delete(key, options),
      ),
    deleteMany: (keys, options) =>
      struck({ operation: 'deleteMany', signal: options?.signal }, () =>
        inner.deleteMany(keys, options),
      ),
    list: (options) =>
      struckListing({ operation: 'list', signal: options?.signal }, () => inner.list(options)),
    copy: (from, to, options) =>
      struck({ operation: 'copy', key: from, signal: options?.signal }, () =>
        inner.copy(from, to, options),
      ),
    move: (from, to, options) =>
      struck({ operation: 'move', key: from, signal: options?.signal }, () =>
        inner.move(from, to, options),
      ),
    checkHealth(options) {
      const call: Call = { operation: 'checkHealth', signal: options?.signal };
      const effects = faults.strike(call);
      return before(call, effects).then(
        () => inner.checkHealth(options),
        (error: unknown) => {
          if (!isStorageError(error) || call.signal?.aborted) throw error;
          return { healthy: false, latency: 0, error }; // it does not throw for what is not healthy
        },
      );
    },
    createDownloadUrl:
      createDownloadUrl &&
      ((key, options) =>
        struck({ operation: 'createDownloadUrl', key, signal: options?.signal }, () =>
          createDownloadUrl.call(inner, key, options),
        )),
    createUploadTicket:
      createUploadTicket &&
      ((key, options) =>
        struck({ operation: 'createUploadTicket', key, signal: options?.signal }, () =>
          createUploadTicket.call(inner, key, options),
        )),
    probe:
      probe &&
      ((options) =>
        struck({ operation: 'probe', signal: options?.signal }, () => probe.call(inner, options))),
    close: () => struck({ operation: 'close' }, () => inner.close()),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
  return { ...whole, faults };
}
