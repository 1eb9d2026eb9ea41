import { explore } from '@org/storage-testkit/simulator';
import { expect, test } from 'vitest';
import { families } from './scenarios/index.js';

/** Schedules of each scenario; `STORAGE_SCHEDULES` overrides it. */
const SCHEDULES = Number(process.env['STORAGE_SCHEDULES'] ?? 6_000);

/** A test for each scenario of a family: no schedule may violate what it checks. */
export function simulate(family: string): void {
  const scenarios = Object.entries(families[family] ?? {});
  test.each(scenarios)(`%s`, { timeout: 600_000 }, async (_, scenario) => {
    const found = await explore({ scenario, schedules: { seeds: [1, SCHEDULES] } });
    if (found.violation !== undefined) throw found.violation.error;
    expect(found).toEqual({ schedules: SCHEDULES, complete: true });
  });
}
