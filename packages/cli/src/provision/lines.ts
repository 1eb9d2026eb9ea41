import { type BucketOutcome, type BucketPlan, differenceLines } from '@org/storage-s3/provision';
import { printable } from '../format.js';

/** What is to be done, and what is to be known. */
export function planLines(plan: BucketPlan): readonly string[] {
  const lines = plan.differences.flatMap(differenceLines).map(shown);
  const isFine = plan.differences.every(({ kind }) => kind === 'none' || kind === 'unsupported');
  return [`bucket ${plan.bucket}${isFine ? ' is as it shall be' : ''}`, ...lines];
}

/** What became of it. */
export function outcomeLines(outcomes: readonly BucketOutcome[]): readonly string[] {
  return outcomes.map(({ setting, result, message }) =>
    shown(`${result.padEnd(11)} ${setting}${message === undefined ? '' : `: ${message}`}`),
  );
}

function shown(line: string): string {
  return `  ${printable(line)}`;
}
