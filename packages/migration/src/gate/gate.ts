import { hostname } from 'node:os';
import {
  isStorageError,
  type SkipReason,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';
import type { FleetLease, FleetRegistry } from '@org/storage-hybrid';
import type { VerifiedBy } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import { CONDITION_IDS, type Condition } from './condition.js';
import {
  type DiskReport,
  diskReports,
  disksCondition,
  type FleetDisks,
} from './disk-conditions.js';
import { fleetConditions } from './fleet-conditions.js';
import { membersOf, witnessesOf } from './fleet-members.js';
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
  /**
   * Whether the source never had a file. Default `false`: then a journal that knows none keeps the gate shut, since it may have been begun
   * when the files had been retired.
   */
  readonly wasEmpty?: boolean | undefined;
  /** Where the journal is that of a disk which only this host sees: those of the other hosts. */
  readonly disks?: FleetDisks | undefined;
  /** The caller's own, which is no migrator at work. */
  readonly lease?: Pick<FleetLease, 'id'> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface GateReport {
  /** Whether all conditions hold. */
  readonly open: boolean;
  /** All of them, in their order. */
  readonly conditions: readonly Condition[];
  /** Disks of other hosts, by their names. */
  readonly disks: readonly DiskReport[];
}

const QUIET = 3_600_000;

/**
 * Whether the source may be given up: looks at the journal, at the fleet and at the source, and changes nothing. What was seen holds
 * later only while nobody can go back or copy: see {@link cutover}.
 *
 * Of a disk that only this host sees, what was seen is written into its journal, for the other hosts.
 * @throws StorageError `InvalidArgument`; `Aborted`; what the journal fails with.
 */
export async function gate(options: GateOptions): Promise<GateReport> {
  const { journal, registry, source, lease, signal } = options;
  const { verifiedBy = 'checksum', quiet = QUIET, accept = [], wasEmpty = false } = options;
  if (!(quiet >= 0))
    throw new StorageError('InvalidArgument', `quiet is a number of ms, not ${quiet}`);
  if (options.disks !== undefined && journal.endpoints.disk === undefined)
    throw new StorageError(
      'InvalidArgument',
      'the journal is not that of a disk, and there are disks',
    );
  const [newest] = await journal.runs(1);
  // The fleet before the source: what a process has written there before it settled is in a listing that begins after.
  const members = await membersOf(registry);
  const ofFleet = fleetConditions({ members, quiet, lease });
  const ofSource = await sourceConditions({ journal, source, accept, wasEmpty, signal });
  const present = isStorageError(members) ? [] : members;
  if (journal.endpoints.disk !== undefined) {
    const busy = newest?.outcome === 'running' ? [`a run is under way: ${newest.kind}`] : [];
    const left = ofSource.flatMap(({ holds, evidence }) => (holds === true ? [] : [evidence]));
    await journal.recordLook({
      ...{ at: new Date(), host: hostname(), run: newest?.id, accepted: accept },
      ...{ witnesses: witnessesOf(present), obstacles: [...left, ...busy] },
    });
  }
  const of = { journal, disks: options.disks, members: present, verifiedBy, accept };
  const disks = await diskReports(of);
  const ofJournal = await journalConditions(journal, verifiedBy);
  const found = [...ofFleet, ...ofSource, ...ofJournal, disksCondition(of, disks)];
  const conditions = CONDITION_IDS.flatMap((id) => found.filter((each) => each.id === id));
  return { open: conditions.every(({ holds }) => holds === true), conditions, disks };
}
