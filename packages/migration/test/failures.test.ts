import { StorageError } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { type FailureBudget, Failures } from '../src/failures.js';

const down = new StorageError('Unavailable', 'the server is down', { provider: 's3' });
const bad = new StorageError('TooLarge', 'it is too large');

/** How many files end before the run has to stop. */
function endsAfter(failures: Failures, ends: readonly (StorageError | undefined)[]): number {
  return (
    ends.findIndex((end) => {
      failures.note(end);
      return failures.signal.aborted;
    }) + 1
  );
}

const times = <T>(count: number, value: T) => Array.from({ length: count }, () => value);

describe('failures of a run', () => {
  it('end it after so many in a row for a reason that is not the files’', () => {
    const failures = new Failures({ inARow: 3 }, 100);
    expect(endsAfter(failures, [down, down, undefined, down, down, bad, down, down, down])).toBe(9);
    failures.note(down);
    expect(failures.reason).toMatchObject({
      code: 'Unavailable',
      provider: 's3',
      message: '3 files in a row failed, the last one thus: the server is down',
      cause: down,
    });
  });

  it('may be any number where no budget is set, if they are the files’ own', () => {
    expect(endsAfter(new Failures({}, 10), times(1_000, bad))).toBe(0);
  });

  it('end it when there are more than the budget, in a row or not', () => {
    const ends = times(100, [undefined, bad]).flat();
    expect(endsAfter(new Failures({ budget: 10 }, 100), ends)).toBe(22);
    expect(endsAfter(new Failures({ budget: 0 }, 100), ends)).toBe(2);
    expect(endsAfter(new Failures({ budget: { share: 0.05 } }, 200), ends)).toBe(22);
    expect(endsAfter(new Failures({ budget: { share: 1 } }, 200), ends)).toBe(0);
  });

  it.each<FailureBudget>([-1, Number.NaN, { share: 1.1 }, { share: -0.1 }])(
    'can’t be %o',
    (budget) => {
      expect(() => new Failures({ budget }, 1)).toThrow(
        expect.objectContaining({ code: 'InvalidArgument' }),
      );
    },
  );
});
