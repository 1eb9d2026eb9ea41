import { RESOLVED, type VerifiedBy } from '../journal/file-record.js';
import type { Journal } from '../journal/journal.js';
import { counted, formatCount } from '../report/format.js';
import { type Condition, none } from './condition.js';

/** What the journal knows of the files. */
export async function journalConditions(
  journal: Journal,
  verifiedBy: VerifiedBy,
): Promise<readonly Condition[]> {
  const [totals, unverified, found, uploads] = await Promise.all([
    journal.totals(),
    journal.unverified(verifiedBy),
    journal.verifications(),
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
    verifiedCondition({ copies, unverified, found, verifiedBy }),
    none(
      'uploads',
      uploads.length,
      `${counted(uploads.length, 'upload in parts was', 'uploads in parts were')} begun and not finished`,
      'run storage migrate again: it removes them',
    ),
  ];
}

function verifiedCondition(of: {
  readonly copies: number;
  readonly unverified: number;
  readonly found: Awaited<ReturnType<Journal['verifications']>>;
  readonly verifiedBy: VerifiedBy;
}): Condition {
  const { copies, unverified, found, verifiedBy } = of;
  const { missing = 0, different = 0, changed = 0, removed = 0 } = found;
  const open = unverified - missing - different - changed - removed;
  const results = [
    missing > 0 && `${formatCount(missing)} missing from the target`,
    different > 0 && `${formatCount(different)} different there`,
    changed > 0 && `${formatCount(changed)} changed in the source since`,
    removed > 0 &&
      `${formatCount(removed)} gone from the source, not by a retirement in this journal`,
  ].filter((result) => result !== false);
  const mends = [
    open > 0 && `run storage verify${verifiedBy === 'content' ? ' --full' : ''}`,
    missing > 0 && 'storage migrate --missing copies what the source still has',
    different + changed > 0 &&
      'storage status --problems lists what is different or changed, and the runbook “A failed verification” tells what to do',
    removed > 0 &&
      'what is gone from the source no verification mends: if it was retired, this journal is older than that, so bring back the newest, or the files (the runbook “The journal is lost”)',
  ].filter((mend) => mend !== false);
  const which = results.length === 0 ? '' : `: ${results.join(', ')}`;
  return none(
    'verified',
    unverified,
    `${formatCount(unverified)} of ${counted(copies, 'copy', 'copies')} ${unverified === 1 ? 'was' : 'were'} not found whole by ${verifiedBy}${which}`,
    mends.join('; '),
  );
}
