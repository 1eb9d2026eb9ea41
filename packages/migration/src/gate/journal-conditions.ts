import { RESOLVED, type VerifiedBy } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import { counted, formatCount } from '../report/format.js';
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
      `${formatCount(pending.files)} of ${counted(files, 'file')} in the journal ${pending.files === 1 ? 'waits' : 'wait'} for a decision`,
      'run storage migrate again',
    ),
    none(
      'no-problems',
      problems,
      `${counted(failed.files, 'file has', 'files have')} failed, ${counted(conflict.files, 'is', 'are')} in conflict, ${counted(lost.files, 'is', 'are')} lost`,
      'storage status --problems lists them; mend them, and run storage migrate again',
    ),
    none(
      'verified',
      unverified,
      `${formatCount(unverified)} of ${counted(copies, 'copy', 'copies')} ${unverified === 1 ? 'was' : 'were'} not found whole by ${verifiedBy}`,
      `run storage verify${verifiedBy === 'content' ? ' --full' : ''}`,
    ),
    none(
      'uploads',
      uploads.length,
      `${counted(uploads.length, 'upload in parts was', 'uploads in parts were')} begun and not finished`,
      'run storage migrate again: it removes them',
    ),
  ];
}
