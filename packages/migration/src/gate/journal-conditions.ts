import { RESOLVED, type VerifiedBy } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import { type Condition, none } from './condition.js';

/** What the journal knows of the files. */
export async function journalConditions(
  journal: Journal,
  verifiedBy: VerifiedBy,
): Promise<readonly Condition[]> {
  const [totals, unverified, uploads] = await Promise.all([
    journal.totals(),
    journal.unverified(verifiedBy),
    journal.unfinishedUploads(),
  ]);
  const { pending, failed, conflict, lost } = totals;
  const files = Object.values(totals).reduce((sum, count) => sum + count.files, 0);
  const copies = RESOLVED.reduce((sum, state) => sum + totals[state].files, 0);
  const problems = failed.files + conflict.files + lost.files;
  return [
    none(
      'resolved',
      pending.files,
      `${pending.files} of ${files} files in the journal wait for a decision`,
      'run storage migrate again',
    ),
    none(
      'no-problems',
      problems,
      `${failed.files} files have failed, ${conflict.files} are in conflict, ${lost.files} are lost`,
      'storage status --problems lists them; mend them, and run storage migrate again',
    ),
    none(
      'verified',
      unverified,
      `${unverified} of ${copies} copies were not found whole by their ${verifiedBy}`,
      `run storage verify${verifiedBy === 'content' ? ' --full' : ''}`,
    ),
    none(
      'uploads',
      uploads.length,
      `${uploads.length} uploads in parts were begun and not finished`,
      'run storage migrate again: it removes them',
    ),
  ];
}
