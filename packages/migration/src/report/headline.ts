import { UNRESOLVED } from '../journal/file-record.js';
import { counted, formatCount } from './format.js';
import type { JournalReport, ReportSummary } from './journal-report.js';

/** How a migration is doing, for the eye. */
type Mood = 'good' | 'busy' | 'bad' | 'idle';

/** A migration's standing in a few words, and what follows from it in one sentence. */
export interface Headline {
  readonly mood: Mood;
  readonly words: string;
  readonly sentence: string;
}

export function headlineOf({ summary }: JournalReport): Headline {
  const { outcome, unresolved, files } = summary;
  const left = leftOf(summary);
  if (files.lost.files > 0) {
    return {
      mood: 'bad',
      words: 'Files are lost',
      sentence: `${counted(files.lost.files, 'file is', 'files are')} in neither store, and nothing says that the application deleted ${files.lost.files === 1 ? 'it' : 'them'}. Stop, and look for who did.`,
    };
  }
  switch (outcome) {
    case 'none':
      return { mood: 'idle', words: 'Not begun', sentence: 'No migration has run yet.' };
    case 'running':
      return { mood: 'busy', words: 'Under way', sentence: `A run is under way; ${left}.` };
    case 'silent':
      return {
        mood: 'bad',
        words: 'Without a sign of life',
        sentence: `A run has not ended, and has been silent for more than a minute; ${left}. If it was killed, the same command goes on where it was.`,
      };
    case 'complete':
      return unresolved === 0 ? copied(summary) : incomplete(left);
    case 'incomplete':
      return incomplete(left);
    case 'interrupted':
      return {
        mood: 'idle',
        words: 'Interrupted',
        sentence: `The last run was interrupted; ${left}. The same command goes on where it stopped.`,
      };
    case 'stopped':
      return {
        mood: 'bad',
        words: 'Stopped',
        sentence: `The last run ended before its time, by an error or by too many failures in a row; ${left}.`,
      };
  }
}

function copied({ total, verified }: ReportSummary): Headline {
  if (total.files === 0)
    return { mood: 'good', words: 'Complete', sentence: 'The source has no files.' };
  if (verified.open === 0) {
    return {
      mood: 'good',
      words: 'Complete and verified',
      sentence: 'Every file is in the target, and was found whole there.',
    };
  }
  return {
    mood: 'good',
    words: 'Complete',
    sentence: `Every file is in the target. ${counted(verified.open, 'of them was', 'of them were')} not found whole there yet: verify.`,
  };
}

function incomplete(left: string): Headline {
  return {
    mood: 'bad',
    words: 'Incomplete',
    sentence: `The last run has come to its end; ${left}.`,
  };
}

/** What is unresolved: files, copies that are missing, and things in the source that are no files and were skipped. */
function leftOf({ files, total, unresolved, verified }: ReportSummary): string {
  const open = UNRESOLVED.reduce((sum, state) => sum + files[state].files, 0);
  const told = `${formatCount(open)} of ${counted(total.files, 'file')} ${open === 1 ? 'is' : 'are'} unresolved`;
  const { missing = 0 } = verified.results;
  const skipped = unresolved - open - missing;
  return [
    told,
    ...(missing === 0
      ? []
      : [`${counted(missing, 'copy is', 'copies are')} missing in the target`]),
    ...(skipped === 0 ? [] : [`${counted(skipped, 'thing was', 'things were')} skipped`]),
  ].join(', and ');
}
