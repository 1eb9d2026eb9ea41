import assert from 'node:assert/strict';
import type { Capabilities, Capability, Support } from '@org/storage-core';
import { beforeAll, describe, it } from 'vitest';
import { type CaseGroup, conformanceCases } from './cases.js';
import { eventually } from './expectations.js';
import {
  type ConformanceCase,
  type ConformanceHarness,
  type Deviation,
  runCase,
} from './harness.js';
import { type OpenResources, openedSince, openResources } from './open-resources.js';

const DEFAULT_TIMEOUT = 60_000;
const NAMES: { readonly [Name in keyof Capabilities]: true } = {
  conditionalCreate: true,
  conditionalCreateInParts: true,
  conditionalUpdate: true,
  conditionalDelete: true,
  conditionalCopyCreate: true,
  conditionalCopyUpdate: true,
  metadata: true,
  tags: true,
  multipart: true,
  resumableUpload: true,
  versions: true,
  downloadUrls: true,
  uploadTickets: true,
  serverSideCopy: true,
};
/** Those of the contract; a provider may declare more of its own. */
const CAPABILITIES = Object.keys(NAMES) as readonly Capability[]; // as the type of `NAMES` has it
const SUPPORT: readonly Support[] = ['native', 'cooperative', 'emulated', 'absent'];

/**
 * Defines Vitest tests that hold a provider to the contract, one for each case. To be called at the top of a test file,
 * or within `describe`.
 *
 * What a capability lacks has to be refused with `Unsupported`; what a store does differently is named in
 * `harness.deviations` and asserted. Nothing is skipped.
 * @param groups of cases. Default: all; some are for another view of what another run holds to all of them.
 */
export function testProvider(harness: ConformanceHarness, groups?: readonly CaseGroup[]): void {
  const part = groups === undefined ? '' : `’s part on ${groups.join(', ')}`;
  describe(`${harness.name} keeps the contract${part}`, () => {
    it('has capabilities, all of which are declared', async ({ annotate }) => {
      await runCase(harness, async ({ provider, racesInProcesses }) => {
        const { capabilities } = provider;
        const declared = CAPABILITIES.map((name) => [name, capabilities[name]] as const);
        for (const [capability, support] of declared) {
          assert.ok(SUPPORT.includes(support), `${capability}: ${support}`);
        }
        const differences = differencesOf(harness, declared, racesInProcesses);
        await annotate(differences);
        console.info(differences);
      });
    });
    it('deviates only in cases that exist', () => {
      const cases: readonly ConformanceCase[] = Object.values(conformanceCases).flat();
      const names = new Set(cases.map(({ name }) => name));
      const unknown = Object.keys(harness.deviations ?? {}).filter((name) => !names.has(name));
      assert.deepEqual(unknown, [], 'deviations from cases that do not exist');
    });
    for (const [group, cases] of Object.entries(conformanceCases)) {
      if (groups !== undefined && !groups.some((each) => each === group)) continue;
      describe(group, () => {
        for (const { name, run } of cases) defineCase(harness, name, run);
        defineLeakCheck();
      });
    }
  });
}

/** In what the provider differs from one that has all there is in the contract, in one line for the report. */
export function differencesOf(
  { name, deviations = {} }: Pick<ConformanceHarness, 'name' | 'deviations'>,
  declared: readonly (readonly [capability: string, support: Support])[],
  racesInProcesses = true,
): string {
  const differing = (['absent', 'emulated', 'cooperative'] as const).map((support) => {
    const names = declared.filter((entry) => entry[1] === support).map(([each]) => each);
    return { what: support, names };
  });
  const parts = [...differing, { what: 'deviates in', names: Object.keys(deviations) }]
    .filter(({ names }) => names.length > 0)
    .map(({ what, names }) => `${what} ${names.join(', ')}`);
  if (parts.length === 0) parts.push('every capability is native');
  if (!racesInProcesses) parts.push('races are held in one process');
  return `${name}: ${parts.join('; ')}`;
}

/** Connections that servers in this process and the global `fetch` keep for a while. */
const KEPT_BY_OTHERS = 10;

/** The last test of a group: its stores are closed, and with them all that they opened. */
function defineLeakCheck(): void {
  let before: OpenResources | undefined;
  beforeAll(() => {
    before = openResources();
  });
  it('and after all of these, everything that was opened is closed', async () => {
    const since = before ?? openResources();
    await eventually(
      () => openedSince(since, KEPT_BY_OTHERS).length === 0,
      () => `still open: ${openedSince(since, KEPT_BY_OTHERS).join(', ')}`,
    );
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
