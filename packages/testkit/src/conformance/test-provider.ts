import assert from 'node:assert/strict';
import type { Support } from '@org/storage-core';
import { describe, it } from 'vitest';
import { conformanceCases } from './cases.js';
import {
  type ConformanceCase,
  type ConformanceHarness,
  type Deviation,
  runCase,
} from './harness.js';

const DEFAULT_TIMEOUT = 60_000;

/**
 * Defines Vitest tests that hold a provider to the contract, one for each case. To be called at the top of a test file,
 * or within `describe`.
 *
 * What a capability lacks has to be refused with `Unsupported`; what a store does differently is named in
 * `harness.deviations` and asserted. Nothing is skipped.
 */
export function testProvider(harness: ConformanceHarness): void {
  describe(`${harness.name} keeps the contract`, () => {
    it('has capabilities, all of which are declared', async ({ annotate }) => {
      await runCase(harness, async ({ provider }) => {
        const declared = Object.entries<Support>({ ...provider.capabilities });
        assert.ok(declared.length > 0, 'capabilities');
        for (const [capability, support] of declared) {
          assert.ok(
            ['native', 'emulated', 'absent'].includes(support),
            `${capability}: ${support}`,
          );
        }
        await annotate(declared.map((entry) => entry.join(': ')).join(', '));
      });
    });
    it('deviates only in cases that exist', () => {
      const cases: readonly ConformanceCase[] = Object.values(conformanceCases).flat();
      const names = new Set(cases.map(({ name }) => name));
      const unknown = Object.keys(harness.deviations ?? {}).filter((name) => !names.has(name));
      assert.deepEqual(unknown, [], 'deviations from cases that do not exist');
    });
    for (const [group, cases] of Object.entries(conformanceCases)) {
      describe(group, () => {
        for (const { name, run } of cases) defineCase(harness, name, run);
      });
    }
  });
}

function defineCase(harness: ConformanceHarness, name: string, run: ConformanceCase['run']): void {
  const deviation = harness.deviations?.[name];
  const { timeout = DEFAULT_TIMEOUT } = harness;
  if (deviation === undefined) it(name, { timeout }, () => runCase(harness, run));
  else {
    const title = `${name} (deviates: ${deviation.reason})`;
    it(title, { timeout }, () => runDeviation(harness, run, deviation));
  }
}

/** A deviation is asserted too: the case fails as stated, or the store does what is stated instead. */
export async function runDeviation(
  harness: ConformanceHarness,
  run: ConformanceCase['run'],
  deviation: Deviation,
): Promise<void> {
  if ('instead' in deviation) return runCase(harness, deviation.instead);
  const failure = await runCase(harness, run).then(
    () => undefined,
    (error: unknown) => ({ message: error instanceof Error ? error.message : String(error) }),
  );
  assert.ok(failure, 'the case passes: the deviation is to be removed');
  assert.match(failure.message, deviation.fails, 'the case fails in another way than stated');
}
