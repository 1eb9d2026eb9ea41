import type { SkipReason } from '@org/storage-core';
import type { FileState, RetirementOutcome, VerificationResult } from '../journal/file-record.js';
import type { RunKind } from '../journal/run.js';
import type { CopyingOutcome } from './journal-report.js';

/** What people read for the states, in the order in which they are told. */
export const STATE_NAMES: Readonly<Record<FileState, string>> = {
  copied: 'copied',
  present: 'already there',
  pending: 'to do',
  conflict: 'in conflict',
  failed: 'failed',
  gone: 'gone meanwhile',
  superseded: 'overwritten by the application',
  deleted: 'deleted by the application',
  lost: 'lost',
};

export const REASON_NAMES: Readonly<Record<SkipReason, string>> = {
  link: 'symbolic links',
  special: 'sockets, FIFOs or devices',
  'invalid-name': 'names that are no keys',
  unreadable: 'unreadable',
};

export const VERIFICATION_NAMES: Readonly<Record<Exclude<VerificationResult, 'ok'>, string>> = {
  missing: 'missing in the target',
  different: 'different in the target',
  changed: 'changed in the source since',
  removed: 'whole; removed from the source since',
};

export const RETIREMENT_NAMES: Readonly<Record<RetirementOutcome, string>> = {
  retired: 'retired',
  gone: 'dropped by the application',
  changed: 'changed in the source: kept there',
  needed: 'missing in the target: kept in the source',
};

const REPLACED = 'replaced or deleted by the application';

/** What became of files in a run of each kind. */
export const RUN_COUNT_NAMES: Readonly<Record<RunKind, Readonly<Record<string, string>>>> = {
  migrate: STATE_NAMES,
  verify: {
    ok: 'whole',
    removed: 'whole, but gone from the source',
    missing: 'missing in the target',
    different: 'different in the target',
    changed: 'changed in the source',
    superseded: 'overwritten by the application',
    deleted: 'deleted by the application',
    unknowable: 'deleted or lost',
  },
  retire: {
    retired: 'retired',
    gone: 'dropped by the application',
    unverified: 'not verified',
    changed: 'changed in the source',
    needed: 'missing in the target',
  },
  restore: {
    restored: 'restored',
    superseded: REPLACED,
    changed: 'another file in the source',
    lost: 'lost',
  },
  revert: { reverted: 'taken back', superseded: REPLACED },
  sweep: { swept: 'removed', kept: 'kept', needed: 'kept to hide a file of the source' },
  clean: { aborted: 'removed', kept: 'kept' },
};

export const OUTCOME_NAMES: Readonly<Record<CopyingOutcome, string>> = {
  none: 'not begun',
  running: 'under way',
  silent: 'without a sign of life',
  complete: 'complete',
  incomplete: 'incomplete',
  interrupted: 'interrupted',
  stopped: 'stopped',
};
