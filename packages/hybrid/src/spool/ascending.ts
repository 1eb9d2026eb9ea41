import type { UploadOptions } from '@org/storage-core';

/** Progress that ascends also where a body is sent twice: the second time it is told of only where it gets further. */
export function ascending(options: UploadOptions): UploadOptions {
  const { onProgress } = options;
  if (onProgress === undefined) return options;
  let told = -1;
  return {
    ...options,
    onProgress(bytes) {
      if (bytes <= told) return;
      told = bytes;
      onProgress(bytes);
    },
  };
}
