import { MemoryStorageProvider } from '@org/storage-core';

export {
  bandwidthLimit,
  cacheControl,
  circuitBreaker,
  concurrencyLimit,
  detectContentType,
  layered,
  prefix,
  retry,
  timeout,
} from '@org/storage-layers';

export const provider = new MemoryStorageProvider();
