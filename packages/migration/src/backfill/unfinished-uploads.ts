import type { StorageProvider } from '@org/storage-core';
import type { EventListener } from '../event.js';
import type { Journal } from '../journal/journal.js';

/**
 * Removes the multipart uploads that earlier runs began and could not end, so that no parts are left to be paid for. Where
 * a process died between asking for an upload and writing down its id, all unfinished uploads of exactly that key are
 * removed: an application's own upload of the same key, if there is one just then, fails and can be made again.
 */
export async function removeUnfinishedUploads(options: {
  readonly target: StorageProvider;
  readonly journal: Journal;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: EventListener;
}): Promise<void> {
  const { target, journal, signal, onEvent } = options;
  const { multipart } = target;
  if (multipart === undefined) return;
  for (const { key, uploadId } of await journal.unfinishedUploads()) {
    const ids = uploadId === undefined ? [] : [uploadId];
    if (uploadId === undefined) {
      for await (const upload of multipart.list({ prefix: key, signal })) {
        if (upload.key === key) ids.push(upload.uploadId);
      }
    }
    for (const id of ids) {
      await multipart.abort(key, id, { signal });
      onEvent({ type: 'upload-aborted', key, uploadId: id });
    }
    await journal.clearUpload(key);
  }
}
