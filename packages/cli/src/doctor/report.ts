import type { Level } from './check.js';
import type { Examined } from './examine.js';

/** What `--json` prints, in one line. Fields may come to it; a change of what one means counts the version up. */
export interface DoctorReport {
  readonly type: 'doctor';
  readonly version: 1;
  /** Whether nothing has failed. */
  readonly healthy: boolean;
  /** How many findings, and how many checks that were skipped. */
  readonly counts: Readonly<Record<Level | 'skipped', number>>;
  readonly checks: readonly Examined[];
}

export function reportOf(checks: readonly Examined[]): DoctorReport {
  const counts = { ok: 0, note: 0, warning: 0, failure: 0, skipped: 0 };
  for (const { findings, skipped } of checks) {
    for (const { level } of findings) counts[level]++;
    if (skipped !== undefined) counts.skipped++;
  }
  return { type: 'doctor', version: 1, healthy: counts.failure === 0, counts, checks };
}
