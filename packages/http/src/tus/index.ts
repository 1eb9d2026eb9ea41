export { StorageTusStore } from './storage-tus-store.js';
export { TusError } from './tus-error.js';
export type { FinishedTusUpload, StorageTusStoreOptions } from './tus-options.js';
