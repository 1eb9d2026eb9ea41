import {
  type Checksums,
  type Condition,
  isStorageError,
  StorageError,
  throwIfAborted,
} from '@org/storage-core';
import { contentKind, SAMPLE, withExtension } from './content-kind.js';
import { inspected } from './inspected.js';
import { extensionOf, safeFilename } from './safe-filename.js';
import { sampled } from './sampled.js';
import type {
  IncomingFile,
  ReceiveUploadsOptions,
  RejectedUpload,
  RejectionReason,
  StoredUpload,
} from './upload-options.js';

/** A file as the client sends it. */
export interface SentFile {
  readonly field: string;
  readonly filename: string;
  readonly contentType: string;
  readonly fields: URLSearchParams;
  readonly body: AsyncIterable<Uint8Array>;
  /** Bytes, where they are known before reading. */
  readonly size?: number | undefined;
  readonly checksums?: Checksums | undefined;
}

export interface Storing
  extends Pick<ReceiveUploadsOptions, 'storage' | 'key' | 'inspect' | 'describe'> {
  readonly allowed: (contentType: string) => boolean;
  readonly fileSize: number;
  readonly condition: Condition | undefined;
  readonly signal: AbortSignal;
}

export type Outcome =
  | { readonly type: 'stored'; readonly file: StoredUpload }
  | { readonly type: 'rejected'; readonly file: RejectedUpload }
  /** A field for files that was left empty. */
  | { readonly type: 'none' };

/**
 * Stores one file, or tells why not.
 * @throws what the functions of the application throw that is no `StorageError`.
 */
export async function storeFile(sent: SentFile, storing: Storing): Promise<Outcome> {
  const { field } = sent;
  let filename = safeFilename(sent.filename);
  let reason: RejectionReason = 'other';
  try {
    const body = limited(sent, storing.fileSize, () => {
      reason = 'size';
    });
    const { sample, content } = await sampled(body, SAMPLE);
    if (sent.filename === '' && sample.byteLength === 0 && field !== '') return { type: 'none' };
    const kind = await contentKind(sample, filename);
    filename = safeFilename(withExtension(filename, kind.extension));
    if (!storing.allowed(kind.contentType)) {
      reason = 'type';
      throw new StorageError('Unsupported', `files of type ${kind.contentType} are not taken`);
    }
    const { contentType } = kind;
    const { contentType: claimedType, fields } = sent;
    const extension = extensionOf(filename);
    const file = { field, filename, extension, contentType, claimedType, fields };
    return { type: 'stored', file: await upload(file, content, sent, storing) };
  } catch (error) {
    if (!isStorageError(error)) throw error;
    return { type: 'rejected', file: { field, filename, reason, error } };
  }
}

async function upload(
  file: IncomingFile,
  content: AsyncIterable<Uint8Array>,
  { size, checksums }: SentFile,
  { storage, key: keyOf, inspect, describe, condition, signal }: Storing,
): Promise<StoredUpload> {
  const described = await describe?.(file);
  const key = await keyOf(file);
  throwIfAborted(signal);
  let broken: unknown;
  const look = async (shown: Parameters<NonNullable<typeof inspect>>[0]) => {
    await inspect?.(shown, file);
  };
  const body = inspect === undefined ? content : inspected(content, look, signal);
  const kept = remembered(body, (error) => {
    broken = error;
  });
  try {
    const metadata = await storage.upload(key, kept, {
      ...described,
      checksums: { ...checksums, ...described?.checksums },
      contentType: file.contentType,
      contentLength: size,
      condition,
      signal,
    });
    return { key, field: file.field, filename: file.filename, metadata };
  } catch (error) {
    throw broken ?? error; // as it was thrown, and not as the provider has it
  }
}

/** Tells the error that a content ends with. */
async function* remembered(
  content: AsyncIterable<Uint8Array>,
  onError: (error: unknown) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* content;
  } catch (error) {
    onError(error);
    throw error;
  }
}

async function* limited(
  { body, size = 0 }: SentFile,
  most: number,
  onMore: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let seen = 0;
  const check = (bytes: number) => {
    if (bytes <= most) return;
    onMore();
    throw new StorageError('TooLarge', `the file has more than ${most} bytes`);
  };
  check(size);
  for await (const chunk of body) {
    seen += chunk.byteLength;
    check(seen);
    yield chunk;
  }
}
