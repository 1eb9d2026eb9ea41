import { isStorageError, readAll, StorageError, type StorageProvider } from '@org/storage-core';
import type SharpModule from 'sharp';

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
}

export const LIMITS: PictureLimits = {
  bytes: 64 * 1024 * 1024,
  pixels: 50_000_000,
  decoding: 20,
  patience: 60_000,
};

/** Pixels at the longer side. */
const SIDE = 480;

export class NoPicture extends Error {
  override readonly name = 'NoPicture';
}

/**
 * Makes a picture in the storage small, as WebP.
 * @throws NoPicture if it is none, is damaged, or is beyond the limits; StorageError, such as `Timeout`.
 */
export async function smallPicture(
  sharp: typeof SharpModule,
  storage: StorageProvider,
  key: string,
  limits: PictureLimits,
): Promise<Buffer> {
  const content = await contentOf(storage, key, limits);
  try {
    return await sharp(content, { limitInputPixels: limits.pixels, failOn: 'error' })
      .timeout({ seconds: limits.decoding })
      .rotate()
      .resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 78 })
      .toBuffer();
  } catch (error) {
    throw new NoPicture(String(error), { cause: error });
  }
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
