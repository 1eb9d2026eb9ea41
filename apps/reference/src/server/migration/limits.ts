import { StorageError } from '@org/storage-core';

export interface LimitsChange {
  readonly concurrency?: number | 'auto' | undefined;
  /** Bytes a second; `null` takes the limit away. */
  readonly bandwidth?: number | null | undefined;
}

/** @throws StorageError `InvalidArgument`. */
export function checkLimits({ concurrency, bandwidth }: LimitsChange): void {
  if (
    concurrency !== undefined &&
    concurrency !== 'auto' &&
    !(Number.isSafeInteger(concurrency) && concurrency >= 1 && concurrency <= 256)
  )
    throw invalid('the concurrency is a whole number of files from 1 to 256, or auto');
  if (bandwidth !== undefined && bandwidth !== null && !(bandwidth >= 1024))
    throw invalid('the bandwidth is a number of bytes a second, 1,024 or more');
}

function invalid(message: string): StorageError {
  return new StorageError('InvalidArgument', message);
}
