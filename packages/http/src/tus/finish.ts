import type { Readable } from 'node:stream';
import {
  Digest,
  type FileMetadata,
  isStorageError,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import { contentKind, SAMPLE, withExtension } from '../upload/content-kind.js';
import { inspected } from '../upload/inspected.js';
import { extensionOf, safeFilename } from '../upload/safe-filename.js';
import { sampled } from '../upload/sampled.js';
import type { IncomingFile } from '../upload/upload-options.js';
import { joined } from './segments.js';
import { notTaken, RefusedUpload, refused } from './tus-error.js';
import type { FinishedTusUpload, StorageTusStoreOptions } from './tus-options.js';
import {
  type Segment,
  type UploadFiles,
  type UploadRecord,
  type UploadState,
  wasFirst,
} from './upload-files.js';

export interface Finishing
  extends Pick<StorageTusStoreOptions, 'key' | 'describe' | 'inspect' | 'finished'> {
  readonly storage: StorageProvider;
  readonly files: UploadFiles;
  readonly allowed: (contentType: string) => boolean;
}

/**
 * Makes a file of the segments of an upload that has all its bytes, and clears them away. May be interrupted anywhere and called again, also
 * by two at once: the key is settled before anything is stored at it, where it is created and not written over, and a file that is
 * there by then is the upload's own if it has its bytes. An upload that is refused is removed.
 */
export async function finish(id: string, state: UploadState, finishing: Finishing): Promise<void> {
  const { files, finished } = finishing;
  try {
    const upload = await storedFile(id, state, finishing);
    await finished?.(upload);
    await files.create(id, 'stored', {}).catch((error: unknown) => {
      if (!wasFirst(error)) throw error;
    });
  } catch (error) {
    const isRefused = error instanceof RefusedUpload || isStorageError(error, 'ChecksumMismatch');
    if (isRefused) await files.remove(id);
    // By another server, which has cleared the segments away.
    const stored = !isRefused && (await files.state(id)).stored;
    if (!stored) throw error;
  }
  await files.remove(id, (name) => name.startsWith('data-'));
}

async function storedFile(
  id: string,
  { record, size, segments, targeted }: UploadState,
  { storage, files, key: keyOf, describe, inspect, allowed }: Finishing,
): Promise<FinishedTusUpload> {
  const { sample, content } = await sampled(joined(storage, segments), SAMPLE);
  try {
    const file = await describedFile(record, sample);
    if (!allowed(file.contentType)) throw notTaken(file.contentType);
    const key = await settledKey(id, files, targeted, async () => keyOf(file, id));
    const described = await describe?.(file);
    const { contentType } = file;
    const isCreated = createsAlone(storage, size ?? 0);
    if (!isCreated) {
      const there = await storage.exists(key);
      const own = there && (await ownFile(storage, key, segments));
      if (own) return { id, file, metadata: own };
      if (there) throw taken(key);
    }
    let refusal: RefusedUpload | undefined;
    const look = async (shown: Readable) => {
      try {
        await inspect?.(shown, file);
      } catch (error) {
        // What it fails with for a while may go better the next time.
        if (isStorageError(error) && !error.retryable) refusal = refused(error);
        throw error;
      }
    };
    const { signal } = new AbortController();
    const body = inspect === undefined ? content : inspected(content, look, signal);
    const metadata = await storage
      .upload(key, body, {
        ...{ ...described, contentType, contentLength: size },
        ...(isCreated ? { condition: { type: 'absent' } } : {}),
      })
      .catch(async (error: unknown) => {
        const own = wasFirst(error) && (await ownFile(storage, key, segments));
        if (!own) throw refusal ?? error;
        return own;
      });
    return { id, file, metadata };
  } finally {
    await content.return();
  }
}

/** Bytes from which on a store may take a file in parts: S3 has none that are smaller. */
const IN_PARTS = 5 * 1024 ** 2;

/**
 * Whether the storage itself sees to it that the file replaces none. Where it can't for one in parts, as Ceph before 20, the key is looked at
 * before: it is the upload's alone, and what two servers store there at once are the same bytes.
 */
function createsAlone({ capabilities }: StorageProvider, size: number): boolean {
  return size <= IN_PARTS || capabilities.conditionalCreateInParts !== 'absent';
}

function taken(key: string): StorageError {
  return new StorageError(
    'AlreadyExists',
    `there is another file at ${key}: the key of an upload is to be a new one`,
    { key },
  );
}

/** A file of an upload, as far as its metadata and its first bytes tell. */
export async function describedFile(
  { metadata }: UploadRecord,
  sample: Uint8Array,
): Promise<IncomingFile> {
  const { filename, name, filetype, type } = metadata;
  const claimed = safeFilename(filename ?? name ?? '');
  const { contentType, extension } = await contentKind(sample, claimed);
  const safe = safeFilename(withExtension(claimed, extension));
  const fields = new URLSearchParams(
    Object.entries(metadata).map(([key, value]): [string, string] => [key, value ?? '']),
  );
  const claimedType = filetype ?? type ?? '';
  return {
    field: '',
    filename: safe,
    extension: extensionOf(safe),
    contentType,
    claimedType,
    fields,
  };
}

/** Chosen once: who begins again stores at the same one. */
async function settledKey(
  id: string,
  files: UploadFiles,
  targeted: boolean,
  choose: () => Promise<string>,
): Promise<string> {
  if (!targeted) {
    const key = await choose();
    try {
      await files.create(id, 'target', key);
      return key;
    } catch (error) {
      if (!wasFirst(error)) throw error;
    }
  }
  return String(await files.read(id, 'target'));
}

/** The file at the key, if it has the bytes of the segments. */
async function ownFile(
  storage: StorageProvider,
  key: string,
  segments: readonly Segment[],
): Promise<FileMetadata | undefined> {
  const metadata = await storage.stat(key);
  const sha256 = metadata.checksums.sha256 ?? (await sha256Of(joined(storage, [{ key }])));
  return sha256 === (await sha256Of(joined(storage, segments))) ? metadata : undefined;
}

async function sha256Of(content: AsyncIterable<Uint8Array>): Promise<string> {
  const digest = new Digest();
  for await (const chunk of content) digest.update(chunk);
  return digest.checksums().sha256;
}
