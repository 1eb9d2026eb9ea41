import type { SkipReason, StorageProvider } from '@org/storage-core';
import type { FleetRegistry, FleetTiming, Mode, SpoolStatus, Stage } from '@org/storage-hybrid';
import type { Alert } from '@org/storage-metrics';
import type {
  ConcurrencyBounds,
  ListedArchive,
  MigrateOptions,
  PriceList,
  ReferenceStore,
  StoreNames,
  VerifiedBy,
} from '@org/storage-migration';
import type { JournalPlace } from './journal-place.js';
import type { Count } from './state.js';

/** Which files are copied, when, in which order and how fast: see `MigrateOptions`. */
export type CopyingOptions = Pick<
  MigrateOptions,
  'failureBudget' | 'order' | 'rate' | 'select' | 'timezone' | 'windows'
>;

export interface MigrationServiceOptions {
  /** The two stores themselves, without the application's `HybridStorageProvider` and without a spool. Left open by `close`. */
  readonly source: StorageProvider;
  readonly target: StorageProvider;
  /** Where the processes of the application know each other from. Left open by `close`. */
  readonly registry: FleetRegistry;
  readonly journal: JournalPlace;
  /** Where retired files are put aside, such as `trash` of a `LocalStorageProvider`; `delete` removes them for good. */
  readonly archive: ListedArchive | 'delete';
  /** Of the application's fleet. */
  readonly timing?: FleetTiming | undefined;
  /**
   * Milliseconds for which the source may still carry out a write whose sender has given up, as a bucket may: copying begins so long
   * after the hand-over. Default 0, which is right for a directory.
   */
  readonly outlast?: number | undefined;
  /** The mode before one was set. Default `source`. */
  readonly initial?: Mode | undefined;
  /** Where this process of the application is. */
  readonly stage?: (() => Stage | undefined) | undefined;
  readonly spool?: { status(): Promise<SpoolStatus> } | undefined;
  readonly alerts?: { readonly firing: readonly Alert[] } | undefined;
  /** What the application's files take on each side, by its own records. */
  readonly usage?: (() => Promise<{ readonly source: Count; readonly target: Count }>) | undefined;
  /** The application's table of files, which is told what was copied. */
  readonly references?: ReferenceStore | undefined;
  /** What its rows name the two stores. Default `local` and `s3`. */
  readonly names?: StoreNames | undefined;
  /** What the target costs. */
  readonly prices?: PriceList | undefined;
  /** What a GiB costs in the source each month, in the currency of `prices`. */
  readonly sourcePrice?: number | undefined;
  /** Limits until others are set. Default 16 files at once, at any rate. */
  readonly concurrency?: number | 'auto' | ConcurrencyBounds | undefined;
  /** Bytes a second. */
  readonly bandwidth?: number | undefined;
  /** What else copying goes by. */
  readonly copying?: CopyingOptions | undefined;
  /** Things in the source that are no files, and may stay there. Default none. */
  readonly accept?: readonly SkipReason[] | undefined;
  /** What has to have vouched for a copy. Default `checksum`; with `content`, a verification reads every byte back. */
  readonly verifiedBy?: VerifiedBy | undefined;
  /** Milliseconds for which no process may have read from the source before the cutover. Default an hour. */
  readonly quiet?: number | undefined;
  /** Milliseconds after a round that left files open to the next one. Default a quarter of an hour. */
  readonly retryEvery?: number | undefined;
  /** Milliseconds between two looks at the fleet and at work that was left behind. Default 2,000. */
  readonly lookEvery?: number | undefined;
  /** Milliseconds between two checks of the health of both sides. Default 15,000. */
  readonly healthEvery?: number | undefined;
}
