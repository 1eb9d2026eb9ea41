export type { AdoptOptions } from './adopt.js';
export type { Durability } from './durability.js';
export { LocalStorageProvider } from './local-storage.js';
export type {
  LocalTrash,
  PurgeOptions,
  PurgeResult,
  RestoreOptions,
  TrashPutOptions,
} from './local-trash.js';
export type { LocalStorageOptions } from './options.js';
export type { ReclaimOptions, ReclaimResult } from './reclaim.js';
export type { FileSystemTraits } from './spelling.js';
export type { TrashedFile } from './trash-entry.js';
