import type { SkipReason } from '@org/storage-core';
import type { Mode } from '@org/storage-hybrid';
import type { LayersConfiguration, LayersInput } from './layers.js';
import type { LocalConfiguration, LocalInput, MemoryConfiguration, MemoryInput } from './stores.js';
import type { DurationInput, Optional, SizeInput } from './units.js';

interface HybridSettings
  extends Optional<{
    /** For messages and metrics. */
    name: string;
    /** Without a fleet: that no process is left in the modes source and prepare. */
    handedOver: boolean;
    failover: Optional<{ reads: 'fail' | 'source' }>;
  }> {
  readonly provider: 'hybrid';
  /** Where the application reads and writes; read again while it runs. */
  readonly mode: Mode;
}

/** @typeParam Side what a source or target can be. */
export interface HybridInput<Side> extends HybridSettings {
  /** Where the files are. */
  readonly source: Side;
  /** Where they go. */
  readonly target: Side;
  readonly fleet?: FleetInput | undefined;
  readonly spool?: SpoolInput | undefined;
  readonly migration?: MigrationInput | undefined;
  readonly layers?: LayersInput | undefined;
}

/** @typeParam Side what a source or target can be. */
export interface HybridOf<Side> extends HybridSettings {
  readonly source: Side;
  readonly target: Side;
  readonly fleet?: FleetSettings | undefined;
  readonly spool?: SpoolSettings | undefined;
  readonly migration?: MigrationSettings | undefined;
  readonly layers?: LayersConfiguration | undefined;
}

/** Where the processes of an application know each other from, and how patiently. */
type FleetManners<Duration> = Optional<{
  heartbeat: Duration;
  drain: Duration;
  margin: Duration;
  /** For people who look at the fleet, such as a release. */
  note: string;
  onLostTouch: 'refuse-writes' | 'continue';
}>;

interface FleetInput
  extends FleetManners<DurationInput>,
    Optional<{
      /** `sqlite:FILE`, `s3://BUCKET/PREFIX`, `postgres://USER@HOST/DATABASE` or `memory:`. */
      registry: string;
      /** Path of a file with the address. */
      registryFile: string;
    }> {}

interface FleetSettings extends FleetManners<number> {
  readonly registry: string;
}

type SpoolManners<Size, Duration> = Optional<{
  replayBytes: Size;
  shared: boolean;
  drain: boolean;
  drainEvery: Duration;
  name: string;
}>;

/** Where writes wait while the target does not answer. */
interface SpoolInput extends SpoolManners<SizeInput, DurationInput> {
  /** A directory of its own, on a disk that all writers of these files share. */
  readonly store: LocalInput | MemoryInput;
  /** Or `unlimited`. */
  readonly maxBytes: SizeInput;
}

interface SpoolSettings extends SpoolManners<number, number> {
  readonly store: LocalConfiguration | MemoryConfiguration;
  readonly maxBytes: number;
}

/** What a migration of the storage goes by. */
type MigrationManners = Optional<{
  /** A path, or the address of a database. */
  journal: string;
  /** Files begun in a second. */
  rate: number;
  timezone: string;
  /** Globs of keys. */
  include: readonly string[];
  /** Globs of keys. */
  exclude: readonly string[];
  order: 'key' | 'smallest' | 'newest';
  /** Processes that copy; `auto` for one a processor. */
  workers: number | 'auto';
  /** What may stay in the source. */
  accept: readonly SkipReason[];
  /** Where only this host sees the directory: the name of its disk. */
  disk: string;
}>;

type Bounds = Optional<{ least: number; most: number }>;

interface Share {
  /** Between 0 and 1. */
  readonly share: number;
}

/** Times of day. */
interface TimeWindow {
  readonly from: string;
  readonly to: string;
}

interface MigrationInput
  extends MigrationManners,
    Optional<{
      /** Path of a file with the address. */
      journalFile: string;
      /** Files at once: a number, `auto`, or bounds such as `4-32`. */
      concurrency: string | number | Bounds;
      /** Bytes a second that are read from the source. */
      bandwidth: SizeInput;
      /** Times of day, such as `22:00-05:30`. */
      windows: readonly (string | TimeWindow)[];
      /** A number of files, or a share such as `5%`. */
      maxFailures: string | number | Share;
    }> {}

interface MigrationSettings
  extends MigrationManners,
    Optional<{
      concurrency: number | 'auto' | Bounds;
      /** Bytes a second. */
      bandwidth: number;
      windows: readonly TimeWindow[];
      maxFailures: number | Share;
    }> {}
