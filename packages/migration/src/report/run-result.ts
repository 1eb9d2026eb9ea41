import type { Run } from '../journal/run.js';
import { formatCount } from './format.js';
import { RUN_COUNT_NAMES } from './names.js';

/** What a run did, in a few words: `1,200 whole, 3 missing in the target`. `undefined` of one that was killed, or is under way. */
export function runResult({ kind, counts }: Run): string | undefined {
  if (counts === undefined) return undefined;
  const told = Object.entries({ ...RUN_COUNT_NAMES[kind], failed: 'failed' }).flatMap(
    ([outcome, name]) => {
      const count = counts[outcome] ?? 0;
      return count === 0 ? [] : [`${formatCount(count)} ${name}`];
    },
  );
  return told.length === 0 ? 'nothing to do' : told.join(', ');
}
