import {
  asStorageError,
  type Body,
  bytesOf,
  differingChecksums,
  type FileMetadata,
  type Key,
  readAll,
  streamOf,
  throwIfAborted,
  type UploadOptions,
} from '@org/storage-core';
import { type Connection, told, writes } from './connection.js';
import { failure, type Place } from './failure.js';
import { checksumsOf } from './stored-file.js';
import { shorten } from './trace.js';

/** Reads the body to its end, then stores it: in one request, or in parts. */
export async function upload(
  connection: Connection,
  key: string,
  body: Body,
  options: UploadOptions,
): Promise<FileMetadata> {
  const { parsed, place } = connection.placeOf('upload', key, options);
  const { condition, tags, uploadId, keepParts } = options;
  connection.refuseAbsent(place, {
    conditionalCreate: condition?.type === 'absent',
    conditionalUpdate: condition?.type === 'match',
    tags,
    resumableUpload: uploadId ?? keepParts,
  });
  const bytes = await read(place, body, options);
  const { store, process } = connection;
  const { partSize } = store.options;
  if (partSize !== undefined && bytes.byteLength >= partSize) {
    connection.refuseAbsent(place, { conditionalCreateInParts: condition });
    return uploadInParts(connection, place, parsed, bytes, partSize, options);
  }
  const metadata = await connection.request({
    place,
    type: writes(condition),
    label: () => `${store.name} upload ${key} ${shownContent(bytes)}${told(condition)}`,
    effect: () => {
      store.check(place, store.files.get(parsed), condition);
      return store.put(parsed, bytes, options, process).metadata;
    },
  });
  options.onProgress?.(bytes.byteLength);
  return metadata;
}

async function uploadInParts(
  connection: Connection,
  place: Place,
  key: Key,
  bytes: Buffer,
  partSize: number,
  options: UploadOptions,
): Promise<FileMetadata> {
  const { store, process } = connection;
  const {
    condition,
    onMultipartUpload,
    onProgress,
    keepParts = options.uploadId !== undefined,
  } = options;
  const { uploads } = store;
  const kept = await keptParts(connection, place, bytes.subarray(0, partSize), options.uploadId);
  const uploadId =
    kept?.uploadId ??
    (await connection.request({
      place,
      type: 'write',
      label: () => `${store.name} begin upload of ${key}`,
      effect: () => uploads.begin(key, options),
    }));
  let known = kept !== undefined;
  let same = true;
  try {
    if (kept === undefined) await onMultipartUpload?.(uploadId);
    known = true;
    let number = 0;
    for (let start = 0; start < bytes.byteLength; start += partSize) {
      number += 1;
      const part = bytes.subarray(start, start + partSize);
      const partNumber = number;
      const there = kept?.parts.get(number);
      if (there === undefined) {
        await connection.request({
          place,
          type: 'write',
          label: () => `${store.name} upload part ${partNumber} of ${key}`,
          effect: () => uploads.addPart(place, uploadId, partNumber, part),
        });
      } else same &&= there.equals(part);
      onProgress?.(start + part.byteLength);
    }
    same &&= Math.max(0, ...(kept?.parts.keys() ?? [])) <= number;
    if (!same) throw failure('Conflict', 'a part that was kept is of another content', place);
    return await connection.request({
      place,
      type: writes(condition),
      label: () => `${store.name} complete ${key} ${shownContent(bytes)}${told(condition)}`,
      effect: () => {
        const content = uploads.contentOf(place, uploadId);
        const begunWith = uploads.optionsOf(place, uploadId);
        store.check(place, store.files.get(key), condition);
        uploads.end(uploadId);
        return store.put(key, content, begunWith, process).metadata;
      },
    });
  } catch (error) {
    const worthKeeping = keepParts && known && same;
    if (!worthKeeping) await abortUpload(connection, place, uploadId).catch(() => {}); // the first error tells more
    throw error;
  }
}

/** The upload to be gone on with, if it is there and its first part is this one; a first part of another content is removed. */
async function keptParts(
  connection: Connection,
  place: Place,
  first: Buffer,
  uploadId: string | undefined,
) {
  if (uploadId === undefined) return undefined;
  const parts = await partsOf(connection, place, uploadId);
  if (parts === undefined) return undefined;
  if (parts.get(1)?.equals(first) ?? true) return { uploadId, parts };
  await abortUpload(connection, place, uploadId);
  return undefined;
}

/** The parts that a store has of an upload; `undefined` if there is no such upload. */
export function partsOf(
  connection: Connection,
  place: Place,
  uploadId: string,
): Promise<ReadonlyMap<number, Buffer> | undefined> {
  const { store } = connection;
  return connection.request({
    place,
    type: 'read',
    label: () => `${store.name} list parts of ${uploadId}`,
    effect: () => store.uploads.partsOf(uploadId),
  });
}

/** Removes the parts of an upload, if there is one. */
export function abortUpload(connection: Connection, place: Place, uploadId: string): Promise<void> {
  const { store } = connection;
  return connection.request({
    place,
    type: 'write',
    label: () => `${store.name} abort ${uploadId}`,
    effect: () => store.uploads.end(uploadId),
  });
}

async function read(place: Place, body: Body, options: UploadOptions): Promise<Buffer> {
  const bytes = await bytesFrom(place, body, options);
  throwIfAborted(options.signal, place);
  const { contentLength = bytes.byteLength, checksums } = options;
  if (contentLength !== bytes.byteLength) {
    const sizes = `the body has ${bytes.byteLength} bytes, ${contentLength} were announced`;
    throw failure('ChecksumMismatch', sizes, place);
  }
  if (checksums !== undefined && Object.keys(checksums).length > 0) {
    const differing = differingChecksums(checksums, checksumsOf(bytes, checksums));
    if (differing.length > 0)
      throw failure('ChecksumMismatch', `the body has another ${differing.join(', ')}`, place);
  }
  return bytes;
}

async function bytesFrom(place: Place, body: Body, { signal }: UploadOptions): Promise<Buffer> {
  try {
    const known = bytesOf(body);
    return known === undefined ? await readAll(streamOf(body)) : Buffer.from(known);
  } catch (error) {
    throw asStorageError(error, { ...place, signal });
  }
}

function shownContent(bytes: Buffer): string {
  return JSON.stringify(shorten(bytes.toString()));
}
