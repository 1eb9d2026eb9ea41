import type { SkipReason } from '@org/storage-core';
import type { FileState, RetirementOutcome, VerificationResult } from '../journal/file-record.js';
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

export const OUTCOME_NAMES: Readonly<Record<CopyingOutcome, string>> = {
  none: 'not begun',
  running: 'under way',
  silent: 'without a sign of life',
  complete: 'complete',
  incomplete: 'incomplete',
  interrupted: 'interrupted',
  stopped: 'stopped',
};
