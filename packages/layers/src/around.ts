import type { Body, OperationOptions } from '@org/storage-core';
import type { OperationName, Operations } from './operations.js';

/** One operation that was asked for. */
export interface Call {
  readonly operation: OperationName;
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Of an upload. */
  readonly body?: Body | undefined;
}

/** Runs the operation, with another signal than the caller's if one is given. */
export type Run<T> = (signal?: AbortSignal) => T;

/** What a layer does around whatever operation it is. */
export interface Around {
  call<T>(call: Call, run: Run<Promise<T>>): Promise<T>;
  listing<T>(call: Call, run: Run<AsyncIterable<T>>): AsyncIterable<T>;
}

/** All operations, each with the same around it. */
export function around(inner: Operations, { call, listing }: Around): Operations {
  return {
    upload: (key, body, options) =>
      call({ ...about('upload', options, key), body }, (signal) =>
        inner.upload(key, body, signalled(options, signal)),
      ),
    download: (key, options) =>
      call(about('download', options, key), (signal) =>
        inner.download(key, signalled(options, signal)),
      ),
    stat: (key, options) =>
      call(about('stat', options, key), (signal) => inner.stat(key, signalled(options, signal))),
    exists: (key, options) =>
      call(about('exists', options, key), (signal) =>
        inner.exists(key, signalled(options, signal)),
      ),
    delete: (key, options) =>
      call(about('delete', options, key), (signal) =>
        inner.delete(key, signalled(options, signal)),
      ),
    deleteMany: (keys, options) =>
      call(about('deleteMany', options), (signal) =>
        inner.deleteMany(keys, signalled(options, signal)),
      ),
    list: (options) =>
      listing(about('list', options), (signal) => inner.list(signalled(options, signal))),
    copy: (from, to, options) =>
      call(about('copy', options, from), (signal) =>
        inner.copy(from, to, signalled(options, signal)),
      ),
    move: (from, to, options) =>
      call(about('move', options, from), (signal) =>
        inner.move(from, to, signalled(options, signal)),
      ),
    checkHealth: (options) =>
      call(about('checkHealth', options), (signal) =>
        inner.checkHealth(signalled(options, signal)),
      ),
    createDownloadUrl: (key, options) =>
      call(about('createDownloadUrl', options, key), (signal) =>
        inner.createDownloadUrl(key, signalled(options, signal)),
      ),
    createUploadTicket: (key, options) =>
      call(about('createUploadTicket', options, key), (signal) =>
        inner.createUploadTicket(key, signalled(options, signal)),
      ),
    probe: (options) =>
      call(about('probe', options), (signal) => inner.probe(signalled(options, signal))),
    getTags: (key, options) =>
      call(about('getTags', options, key), (signal) =>
        inner.getTags(key, signalled(options, signal)),
      ),
    setTags: (key, tags, options) =>
      call(about('setTags', options, key), (signal) =>
        inner.setTags(key, tags, signalled(options, signal)),
      ),
    listVersions: (options) =>
      listing(about('listVersions', options), (signal) =>
        inner.listVersions(signalled(options, signal)),
      ),
    restoreVersion: (key, id, options) =>
      call(about('restoreVersion', options, key), (signal) =>
        inner.restoreVersion(key, id, signalled(options, signal)),
      ),
    listUploads: (options) =>
      listing(about('listUploads', options), (signal) =>
        inner.listUploads(signalled(options, signal)),
      ),
    listParts: (key, id, options) =>
      listing(about('listParts', options, key), (signal) =>
        inner.listParts(key, id, signalled(options, signal)),
      ),
    completeUpload: (key, id, parts, options) =>
      call(about('completeUpload', options, key), (signal) =>
        inner.completeUpload(key, id, parts, signalled(options, signal)),
      ),
    abortUpload: (key, id, options) =>
      call(about('abortUpload', options, key), (signal) =>
        inner.abortUpload(key, id, signalled(options, signal)),
      ),
    sweepUploads: (options) =>
      call(about('sweepUploads', options), (signal) =>
        inner.sweepUploads(signal === undefined ? options : { ...options, signal }),
      ),
  };
}

export function about(
  operation: OperationName,
  options: OperationOptions | undefined,
  key?: string,
): Call {
  return { operation, key, signal: options?.signal };
}

function signalled<O extends OperationOptions>(
  options: O | undefined,
  signal: AbortSignal | undefined,
): O | OperationOptions | undefined {
  return signal === undefined ? options : { ...options, signal };
}
