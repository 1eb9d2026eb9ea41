import type { UploadOptions } from './provider.js';

/** Options whose progress ascends also where a body is sent again: it is told of only where it gets further than before. */
export function ascendingProgress(options: UploadOptions = {}): UploadOptions {
  const { onProgress } = options;
  if (typeof onProgress !== 'function') return options;
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
