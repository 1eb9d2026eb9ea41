import { Digest, type ETag, type Key, type StorageProvider } from '@org/storage-core';

export interface ContentDigest {
  /** Of the version that was read. */
  readonly etag: ETag;
  /** Bytes. */
  readonly size: number;
  readonly checksums: { readonly crc32: string; readonly sha256: string };
}

/** Reads a file to its end, for its checksums. */
export async function digestOf(
  provider: Pick<StorageProvider, 'download'>,
  key: Key,
  signal: AbortSignal | undefined,
  onProgress?: (bytes: number) => void,
): Promise<ContentDigest> {
  const { metadata, body } = await provider.download(key, { signal });
  const digest = new Digest();
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    digest.update(chunk);
    onProgress?.(digest.size);
  }
  return { etag: metadata.etag, size: digest.size, checksums: digest.checksums() };
}
