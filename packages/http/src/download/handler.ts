import { isStorageError, StorageError, type StorageProvider } from '@org/storage-core';
import { errorResponse } from '../answer/error-response.js';
import { methodNotAllowed, problem } from '../answer/problem.js';
import type { HttpHandler, HttpRequest } from '../message.js';
import { download } from './download.js';
import type { DownloadAnswerOptions } from './options.js';

type Awaitable<T> = T | Promise<T>;

export interface DownloadHandlerOptions extends DownloadAnswerOptions {
  readonly storage: StorageProvider;
  /** Which file a request is for; `undefined` is answered with 404. {@link keyBelow} takes it from the path. */
  readonly key: (request: HttpRequest) => Awaitable<string | undefined>;
  /**
   * Whether the client may have the file, asked before the storage is. `false` is answered with 403, for a file that does not exist, too; throw a
   * `StorageError` for another answer, such as `NotFound`. Default: everybody may.
   */
  readonly authorize?: ((request: HttpRequest, key: string) => Awaitable<boolean>) | undefined;
  /** What differs from file to file, in place of the options here. */
  readonly answer?:
    | ((request: HttpRequest, key: string) => Awaitable<DownloadAnswerOptions>)
    | undefined;
}

/** A handler that answers GET and HEAD for the files of a storage. */
export function downloadHandler(options: DownloadHandlerOptions): HttpHandler {
  const { storage, key: keyOf, authorize = () => true, answer, ...common } = options;
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return methodNotAllowed(['GET', 'HEAD']);
    try {
      const key = await keyOf(request);
      if (key === undefined) return problem(404, { code: 'NotFound' });
      if (!(await authorize(request, key)))
        throw new StorageError('AccessDenied', 'the client may not have the file', { key });
      const own = await answer?.(request, key);
      return await download(storage, key, request, { ...common, ...own });
    } catch (error) {
      if (!isStorageError(error)) throw error;
      return errorResponse(error, request);
    }
  };
}
