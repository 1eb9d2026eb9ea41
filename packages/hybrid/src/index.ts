export type { HybridEvent, SpoolEvent } from '@org/storage-core';
export { type AwaitModeOptions, awaitMode } from './fleet/await-mode.js';
export { type FleetClock, systemClock, type Timer } from './fleet/clock.js';
export { type ForgetMemberOptions, forgetMember } from './fleet/forget.js';
export { type FleetLease, type RequireStagesOptions, requireStages } from './fleet/lease.js';
export type { Sighting } from './fleet/lookout.js';
export { FleetMember } from './fleet/member.js';
export type { FleetMemberOptions } from './fleet/member-options.js';
export { memoryFleetRegistry } from './fleet/memory-registry.js';
export { type Processes, type ProcessState, systemProcesses } from './fleet/processes.js';
export {
  encodeMemberRecord,
  type MemberRecord,
  nameOf,
  parseMemberRecord,
  type Role,
} from './fleet/record.js';
export type { FleetEntry, FleetRegistry, Version, WantedEntry } from './fleet/registry.js';
export type { MemberReport } from './fleet/report.js';
export {
  type StorageFleetRegistryOptions,
  storageFleetRegistry,
} from './fleet/storage-registry.js';
export type { FleetTiming } from './fleet/timing.js';
export { hasReached, type WantModeOptions, wantMode } from './fleet/want-mode.js';
export { encodeWantedMode, parseWantedMode, type WantedMode } from './fleet/wanted.js';
export { type WatchFleetOptions, watchFleet } from './fleet/watch-fleet.js';
export {
  type HybridStorageOptions,
  HybridStorageProvider,
  type SidesHealth,
} from './hybrid-storage.js';
export { type Look, look, statIfThere } from './look.js';
export { compatible, MODES, type Mode, type Stage } from './mode.js';
export type { Neighbours } from './mode-switch.js';
export { asApplicationsSee, copiedFrom, goesBy, originDisk, originOf } from './origin.js';
export type { ReadFailover } from './read.js';
export { checkTarget } from './requirements.js';
export type { Conflict } from './spool/conflict.js';
export type { DrainReport } from './spool/drain.js';
export type { Schedule } from './spool/drainer.js';
export type { SpoolOptions } from './spool/options.js';
export { spooled } from './spool/spooled.js';
export type { SpooledStorageProvider, SpoolStatus } from './spool/status.js';
export {
  isTombstone,
  putTombstone,
  TOMBSTONE_SIZE,
  TOMBSTONE_TYPE,
} from './tombstone.js';
export type { Waiting, Work } from './work.js';
