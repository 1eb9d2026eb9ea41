import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { type ConformanceHarness, conformanceCases, runCase } from '../../src/index.js';
import { MUTANTS } from './mutants/index.js';
import { type Mutant, mutant, wholeMutant } from './mutants/mutant.js';

const CASES = new Map(
  Object.values(conformanceCases)
    .flat()
    .map(({ name, run }) => [name, run]),
);

function harnessOf(
  name: string,
  make: Mutant['make'],
  versioned: Mutant['versioned'] = undefined,
): ConformanceHarness {
  const open = async () => {
    const store = make();
    return { ...store, close: () => store.provider.close().catch(() => {}) };
  };
  return {
    name,
    patience: 1_000, // what hangs on purpose is to be found out soon
    manyFiles: 50,
    open,
    ...(versioned === true ? { openVersioned: open } : {}),
  };
}

describe('a case fails over a provider that', () => {
  for (const { breaks, make, versioned, caught } of MUTANTS) {
    describe(breaks, () => {
      for (const name of caught) {
        it(name, async () => {
          const run = CASES.get(name);
          assert.ok(run, `there is no case "${name}"`);
          await expect(runCase(harnessOf(breaks, make, versioned), run)).rejects.toThrow();
        });
      }
    });
  }
});

describe('and not because of how the provider is broken:', () => {
  const unbroken: Readonly<Record<string, ConformanceHarness>> = {
    plain: harnessOf(
      'nothing',
      mutant(() => ({})),
    ),
    'that has all there is in the contract': harnessOf(
      'nothing',
      wholeMutant(() => ({})),
      true,
    ),
  };

  describe.each(Object.entries(unbroken))('over one %s, in which nothing is,', (_, harness) => {
    it.each([...CASES])('passes: %s', (_name, run) => runCase(harness, run));
  });

  it('every case is failed by some mutant', () => {
    const failed = new Set(MUTANTS.flatMap(({ caught }) => caught));
    const never = [...CASES.keys()].filter((name) => !failed.has(name));
    expect(never).toEqual([]);
  });
});
