export type { HybridEvent } from './event.js';
export {
  type HybridStorageOptions,
  HybridStorageProvider,
  type SidesHealth,
} from './hybrid-storage.js';
export { type Look, look } from './look.js';
export { compatible, MODES, type Mode, type Stage } from './mode.js';
export type { Neighbours } from './mode-switch.js';
export { asApplicationsSee, goesBy, originOf } from './origin.js';
export type { ReadFailover } from './read.js';
export { checkTarget } from './requirements.js';
export { isTombstone, putTombstone, TOMBSTONE_TAG, TOMBSTONE_TYPE } from './tombstone.js';
