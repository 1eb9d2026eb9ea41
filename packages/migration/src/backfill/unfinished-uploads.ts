import { type ETag, isStorageError, type Key, type StorageProvider } from '@org/storage-core';
import type { EventListener } from '../event.js';
import type { UnfinishedUpload } from '../journal/file-record.js';
import type { Journal, KeyRange } from '../journal/journal.js';

interface Options {
  readonly target: StorageProvider;
  readonly journal: Journal;
  /** Only of these keys. */
  readonly range?: KeyRange | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: EventListener;
}

/** Whether an upload in parts that failed leaves them for the next attempt to go on with. */
export function resumes(target: StorageProvider): boolean {
  return target.multipart !== undefined && target.capabilities.resumableUpload !== 'absent';
}

/**
 * The multipart uploads that earlier runs began and could not end. Those that can't be continued are removed, so that no parts are
 * left to be paid for. Where a process died between asking for an upload and writing down its id, all unfinished uploads of
 * exactly that key are removed: an application's own upload of the same key, if there is one just then, fails and can be made
 * again.
 * @returns those to go on with.
 */
export async function unfinishedUploads(options: Options): Promise<Map<Key, UnfinishedUpload>> {
  const kept = new Map<Key, UnfinishedUpload>();
  for (const upload of await options.journal.unfinishedUploads(options.range)) {
    if (upload.uploadId !== undefined && resumes(options.target)) kept.set(upload.key, upload);
    else await forget(upload, options);
  }
  return kept;
}

/** Removes what is left at the end of a run, but for the parts of files that the next one will try again. */
export async function removeAbandonedUploads(options: Options): Promise<void> {
  for (const upload of await options.journal.unfinishedUploads()) {
    const { state } = (await options.journal.find(upload.key)) ?? {};
    const again = state === 'pending' || state === 'failed';
    if (upload.uploadId === undefined || !again || !resumes(options.target))
      await forget(upload, options);
  }
}

/**
 * The id of an earlier upload of the same content, to be gone on with. Any other is removed: the file has changed since. Where
 * the upload is not there any more, one that took its place may be, whose id was not written down.
 */
export async function continued(
  upload: UnfinishedUpload,
  etag: ETag | undefined,
  target: StorageProvider,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { key, uploadId, sourceEtag } = upload;
  const known = uploadId !== undefined && (await isThere(target, key, uploadId, signal));
  if (known && etag !== undefined && sourceEtag === etag) return uploadId;
  await remove(target, { key, ...(known ? { uploadId } : {}) }, signal, () => {});
  return undefined;
}

async function isThere(
  { multipart }: StorageProvider,
  key: Key,
  uploadId: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    for await (const _ of multipart?.listParts(key, uploadId, { signal }) ?? []) break;
    return multipart !== undefined;
  } catch (error) {
    if (isStorageError(error, 'NotFound')) return false;
    throw error;
  }
}

/** Removes what is left of an upload, and then the journal’s memory of it. */
export async function forget(upload: UnfinishedUpload, options: Options): Promise<void> {
  const { target, journal, signal, onEvent } = options;
  const { key } = upload;
  if (target.multipart === undefined) return;
  await remove(target, upload, signal, (uploadId) => {
    onEvent({ type: 'upload-aborted', key, uploadId });
  });
  await journal.clearUpload(key);
}

/** Removes an upload, or all of the key where the id is not known. */
async function remove(
  { multipart }: StorageProvider,
  { key, uploadId }: UnfinishedUpload,
  signal: AbortSignal | undefined,
  onRemoved: (uploadId: string) => void,
): Promise<void> {
  if (multipart === undefined) return;
  const ids = uploadId === undefined ? [] : [uploadId];
  if (uploadId === undefined) {
    for await (const upload of multipart.list({ prefix: key, signal })) {
      if (upload.key === key) ids.push(upload.uploadId);
    }
  }
  for (const id of ids) {
    await multipart.abort(key, id, { signal });
    onRemoved(id);
  }
}
