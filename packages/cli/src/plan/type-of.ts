import { MemoryStorageProvider } from '@org/storage-core';
import { detectContentType, layered } from '@org/storage-layers';
import type { TypeOf } from '@org/storage-migration';

/** The type that the layer `detectContentType` gives an upload: an upload to memory tells. */
export function detectedType(): TypeOf {
  const memory = layered(new MemoryStorageProvider(), detectContentType());
  return async (key, bytes) => {
    const { contentType } = await memory.upload(key, bytes);
    await memory.delete(key);
    return contentType;
  };
}
