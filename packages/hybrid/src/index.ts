export type { HybridEvent } from './event.js';
export {
  type HybridStorageOptions,
  HybridStorageProvider,
  type SidesHealth,
} from './hybrid-storage.js';
export { compatible, MODES, type Mode, type Stage } from './mode.js';
export type { Neighbours } from './mode-switch.js';
export type { ReadFailover } from './read.js';
export { checkTarget } from './requirements.js';
export { isTombstone, TOMBSTONE_TAG, TOMBSTONE_TYPE } from './tombstone.js';
