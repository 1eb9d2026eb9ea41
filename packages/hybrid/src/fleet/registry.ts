import type { MemberRecord } from './record.js';
import type { WantedMode } from './wanted.js';

/** Names one version of a member's record; only to be compared. No two versions of a record have the same. */
export type Version = string;

export interface FleetEntry {
  readonly member: MemberRecord;
  readonly version: Version;
}

export interface WantedEntry {
  readonly wanted: WantedMode;
  readonly version: Version;
}

/**
 * Where the processes that work on the same files tell each other of themselves: one record for each, and the mode that they
 * shall reach. Nothing is written to several of them at once.
 *
 * Everything else rests on its strong consistency: **what was written before `list` was called, by any process, is in the
 * list.** S3 and SQL databases (the primary, not a replica) are like that.
 *
 * All methods reject with `StorageError`. After a failure, what was asked for may have been done all the same.
 */
export interface FleetRegistry {
  /** Writes a new member's record. `undefined`: there is one of that id, and it stays. */
  join(member: MemberRecord): Promise<Version | undefined>;
  /** Replaces a record if it still is that version. `undefined`: it is another one, or has been removed. */
  update(member: MemberRecord, version: Version): Promise<Version | undefined>;
  /** Removes a record if it still is that version. `false`: it is another one, or has been removed. */
  remove(id: string, version: Version): Promise<boolean>;
  /**
   * All records.
   * @throws StorageError `Unsupported` if there is one that is not understood, such as a newer release's.
   */
  list(): Promise<readonly FleetEntry[]>;
  /** A whole number greater than all that were given out before, to any process. */
  nextToken(): Promise<number>;
  /**
   * The mode that all processes shall reach; `undefined` if none was ever set. It outlives all members.
   * @throws StorageError `Unsupported` if it is not understood, such as a newer release's.
   */
  wanted(): Promise<WantedEntry | undefined>;
  /**
   * Sets it, if the one before still is that version, or if there is none where no version is given. `undefined`: it is another.
   */
  want(wanted: WantedMode, version: Version | undefined): Promise<Version | undefined>;
  /** Frees what the registry opened itself. */
  close(): Promise<void>;
}
