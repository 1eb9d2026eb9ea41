import type { StorageErrorCode } from '@org/storage-core';
import type { AlertRule } from './rule.js';

const MINUTE = 60_000;

/** Errors that say that something is wrong. The others are answers, such as a healthy store gives. */
const FAULTS: readonly StorageErrorCode[] = [
  'AccessDenied',
  'Unavailable',
  'Timeout',
  'Throttled',
  'ChecksumMismatch',
  'QuotaExceeded',
  'Unknown',
];

/** Rules to begin with: change a threshold by mapping over them. */
export const DEFAULT_RULES: readonly AlertRule[] = [
  {
    alert: 'StorageFailureRate',
    severity: 'critical',
    summary: 'More than 5 % of the operations of a store fail.',
    runbook: 'alerts.md#storagefailurerate',
    measure: { metric: 'operations', where: { code: FAULTS }, over: 5 * MINUTE },
    per: { metric: 'operations', over: 5 * MINUTE },
    least: 20,
    by: ['provider'],
    above: 0.05,
    for: 2 * MINUTE,
  },
  {
    alert: 'StorageThrottled',
    severity: 'warning',
    summary: 'A store asks to slow down: lower the concurrency, or the rate of the migration.',
    runbook: 'alerts.md#storagethrottled',
    measure: { metric: 'operations', where: { code: ['Throttled'] }, over: 5 * MINUTE },
    by: ['provider'],
    above: 10,
    for: 5 * MINUTE,
  },
  {
    alert: 'StorageCircuitOpen',
    severity: 'critical',
    summary: 'A circuit breaker refuses the calls to a store.',
    runbook: 'alerts.md#storagecircuitopen',
    measure: { metric: 'circuitOpen' },
    above: 0,
    for: MINUTE,
  },
  {
    alert: 'StorageUnhealthy',
    severity: 'critical',
    summary: 'A store does not pass its health checks.',
    runbook: 'alerts.md#storageunhealthy',
    measure: { metric: 'healthy' },
    below: 1,
    for: 2 * MINUTE,
  },
  {
    alert: 'StorageDiskFilling',
    severity: 'warning',
    summary:
      'The disk of the source, the journal or the spool has less than 10 % of its room left.',
    runbook: 'alerts.md#storagediskfilling',
    measure: { metric: 'diskFree' },
    per: { metric: 'diskSize' },
    below: 0.1,
    for: 5 * MINUTE,
  },
  {
    alert: 'StorageSpoolGrowing',
    severity: 'warning',
    summary: 'More writes wait in the spool than a while ago: is the target away?',
    runbook: 'alerts.md#storagespoolgrowing',
    measure: { metric: 'spoolEntries', over: 10 * MINUTE },
    above: 0,
    for: 10 * MINUTE,
  },
  {
    alert: 'StorageSpoolFull',
    severity: 'critical',
    summary: 'The spool is full, and writes are refused.',
    runbook: 'alerts.md#storagespoolfull',
    measure: { metric: 'spoolEvents', where: { event: ['full'] }, over: 5 * MINUTE },
    by: ['provider'],
    above: 0,
  },
  {
    alert: 'StorageFallbackReads',
    severity: 'critical',
    summary: 'The source is still read after the cutover: the target lacks files.',
    runbook: 'alerts.md#storagefallbackreads',
    measure: { metric: 'fallbackReads', over: 5 * MINUTE },
    by: ['provider'],
    above: 0,
    only: { metric: 'cutOver' },
  },
  {
    alert: 'StorageMigrationStalled',
    severity: 'critical',
    summary: 'A migration has files to copy, does not wait, and has not got on for 10 minutes.',
    runbook: 'alerts.md#storagemigrationstalled',
    measure: { metric: 'migrationIdle' },
    above: 600,
  },
  {
    alert: 'StorageMigrationStopped',
    severity: 'critical',
    summary: 'A run was stopped by failures: storage status tells why.',
    runbook: 'alerts.md#storagemigrationstopped',
    measure: { metric: 'migrationRuns', where: { outcome: ['stopped'] }, over: 15 * MINUTE },
    by: ['kind'],
    above: 0,
  },
  {
    alert: 'StorageVerificationFailed',
    severity: 'critical',
    summary:
      'A verification found files that are not as they should be: storage status --problems.',
    runbook: 'alerts.md#storageverificationfailed',
    measure: {
      metric: 'migrationFiles',
      where: { kind: ['verify'], result: ['missing', 'different', 'changed', 'failed'] },
      over: 60 * MINUTE,
    },
    by: ['result'],
    above: 0,
  },
  {
    alert: 'StorageSyncFailing',
    severity: 'warning',
    summary: 'Three rounds of the background sync, or more, have failed in a row.',
    runbook: 'alerts.md#storagesyncfailing',
    measure: { metric: 'syncFailures' },
    above: 2,
  },
];
