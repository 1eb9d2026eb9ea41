import assert from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { type ConformanceHarness, conformanceCases, runCase } from '../../src/index.js';
import { MUTANTS } from './mutants/index.js';
import { type Mutant, mutant } from './mutants/mutant.js';

const CASES = new Map(
  Object.values(conformanceCases)
    .flat()
    .map(({ name, run }) => [name, run]),
);

function harnessOf(name: string, make: Mutant['make']): ConformanceHarness {
  return {
    name,
    patience: 1_000, // what hangs on purpose is to be found out soon
    manyFiles: 50,
    async open() {
      const store = make();
      return { ...store, close: () => store.provider.close().catch(() => {}) };
    },
  };
}

describe('a case fails over a provider that', () => {
  for (const { breaks, make, caught } of MUTANTS) {
    describe(breaks, () => {
      for (const name of caught) {
        it(name, async () => {
          const run = CASES.get(name);
          assert.ok(run, `there is no case "${name}"`);
          await expect(runCase(harnessOf(breaks, make), run)).rejects.toThrow();
        });
      }
    });
  }
});

describe('and not because of how the provider is broken:', () => {
  it('every case passes over one in which nothing is', async () => {
    const harness = harnessOf(
      'nothing',
      mutant(() => ({})),
    );
    for (const run of CASES.values()) await runCase(harness, run);
    expect(CASES.size).toBeGreaterThan(150);
  });

  it('every case is failed by some mutant', () => {
    const failed = new Set(MUTANTS.flatMap(({ caught }) => caught));
    const never = [...CASES.keys()].filter((name) => !failed.has(name));
    expect(never).toEqual([]);
  });
});
