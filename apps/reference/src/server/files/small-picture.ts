import { setTimeout as sleep } from 'node:timers/promises';
import { isStorageError, readAll, StorageError, type StorageProvider } from '@org/storage-core';
import { contentKind, SAMPLE } from '@org/storage-http';
import type SharpModule from 'sharp';

/** Formats that are decoded by libraries made for it; not SVG, which may name other files. */
export const PICTURE_TYPES: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'image/avif',
  'image/tiff',
]);

/** What a picture may cost: it is somebody else's. */
export interface PictureLimits {
  /** Of its file, which is held in memory. */
  readonly bytes: number;
  /** A picture of a few kilobytes may claim to have more than there is memory for. */
  readonly pixels: number;
  /** Seconds that decoding may take. */
  readonly decoding: number;
  /** ms for which the storage is waited for: whoever waits has one of few places. */
  readonly patience: number;
  /** ms for which a place is waited for. */
  readonly queue: number;
}

export const LIMITS: PictureLimits = {
  bytes: 64 * 1024 * 1024,
  pixels: 50_000_000,
  decoding: 20,
  patience: 60_000,
  queue: 60_000,
};

/** Pixels at the longer side. */
const SIDE = 480;

export class NoPicture extends Error {
  override readonly name = 'NoPicture';
}

/**
 * Makes a picture in the storage small, as WebP.
 * @param onDecoding Told of the work itself, which may go on for a while after it was given up: libvips looks at the clock between two
 * steps, and decodes some formats in one.
 * @throws NoPicture if it is none, is damaged, or is beyond the limits; StorageError, such as `Timeout`.
 */
export async function smallPicture(
  sharp: typeof SharpModule,
  storage: StorageProvider,
  key: string,
  limits: PictureLimits,
  onDecoding: (decoding: Promise<Buffer>) => void = () => {},
): Promise<Buffer> {
  const content = await contentOf(storage, key, limits);
  // What rows say may be the word of a name: whatever else libvips could read, it is not given.
  const { contentType } = await contentKind(content.subarray(0, SAMPLE), '');
  if (!PICTURE_TYPES.has(contentType)) throw new NoPicture(`it is ${contentType}`);
  const decoding = sharp(content, { limitInputPixels: limits.pixels, failOn: 'error' })
    .timeout({ seconds: limits.decoding })
    .rotate()
    .resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 78 })
    .toBuffer();
  onDecoding(decoding);
  const late = new AbortController();
  try {
    return await Promise.race([decoding, givenUp(limits.decoding, late.signal)]);
  } catch (error) {
    throw error instanceof NoPicture ? error : new NoPicture(String(error), { cause: error });
  } finally {
    late.abort();
  }
}

async function givenUp(seconds: number, signal: AbortSignal): Promise<never> {
  await sleep(seconds * 1000, undefined, { signal });
  throw new NoPicture(`it was not decoded within ${seconds} s`);
}

/** Whole, as sharp would hold it anyway: a stream that breaks while it is piped there ends the process, by an error nobody hears. */
async function contentOf(
  storage: StorageProvider,
  key: string,
  { bytes, patience }: PictureLimits,
): Promise<Buffer> {
  const signal = AbortSignal.timeout(patience);
  try {
    const { body, metadata } = await storage.download(key, { signal });
    const stop = () => body.destroy(signal.reason);
    signal.addEventListener('abort', stop);
    try {
      if (metadata.size > bytes) throw new NoPicture(`it has ${metadata.size} bytes`);
      return await readAll(body);
    } finally {
      signal.removeEventListener('abort', stop);
      body.destroy();
    }
  } catch (error) {
    if (!signal.aborted || isStorageError(error, 'NotFound')) throw error;
    throw new StorageError('Timeout', `${key} was not read within ${patience} ms`, {
      ...{ key, cause: error },
    });
  }
}
