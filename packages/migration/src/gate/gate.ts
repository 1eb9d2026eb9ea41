import { type SkipReason, StorageError, type StorageProvider } from '@org/storage-core';
import type { FleetLease, FleetRegistry } from '@org/storage-hybrid';
import type { VerifiedBy } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import { CONDITION_IDS, type Condition } from './condition.js';
import { fleetConditions } from './fleet-conditions.js';
import { journalConditions } from './journal-conditions.js';
import { sourceConditions } from './source-conditions.js';

export interface GateOptions {
  readonly journal: Journal;
  readonly registry: FleetRegistry;
  readonly source: StorageProvider;
  /** What has to have vouched for every copy; `content`: its bytes were read back. Default `checksum`. */
  readonly verifiedBy?: VerifiedBy | undefined;
  /** ms for which no process may have read from the source. Default 3,600,000: an hour. */
  readonly quiet?: number | undefined;
  /** Kinds of things that may stay in the source, since they are no files. Default none. */
  readonly accept?: readonly SkipReason[] | undefined;
  /** The caller's own, which is no migrator at work. */
  readonly lease?: Pick<FleetLease, 'id'> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface GateReport {
  /** Whether all conditions hold. */
  readonly open: boolean;
  /** All of them, in their order. */
  readonly conditions: readonly Condition[];
}

const QUIET = 3_600_000;

/**
 * Whether the source may be given up: looks at the journal, at the fleet and at the source, and changes nothing. What was seen holds
 * later only while nobody can go back or copy: see {@link cutover}.
 * @throws StorageError `InvalidArgument`; `Aborted`; what the journal fails with.
 */
export async function gate(options: GateOptions): Promise<GateReport> {
  const { journal, registry, source, lease, signal } = options;
  const { verifiedBy = 'checksum', quiet = QUIET, accept = [] } = options;
  if (!(quiet >= 0))
    throw new StorageError('InvalidArgument', `quiet is a number of ms, not ${quiet}`);
  // The fleet before the source: what a process has written there before it settled is in a listing that begins after.
  const ofFleet = await fleetConditions({ registry, quiet, lease });
  const ofSource = await sourceConditions({ journal, source, accept, signal });
  const found = [...ofFleet, ...ofSource, ...(await journalConditions(journal, verifiedBy))];
  const conditions = CONDITION_IDS.flatMap((id) => found.filter((each) => each.id === id));
  return { open: conditions.every(({ holds }) => holds === true), conditions };
}
