import { expect, it, onTestFinished } from 'vitest';
import {
  type Alert,
  type AlertRule,
  DEFAULT_RULES,
  METRICS,
  prometheusName,
  watchAlerts,
} from '../../src/index.js';
import { measured } from '../fixtures.js';
import { CAUSES } from './causes.js';

const MINUTE = 60_000;

it('every rule has a cause, and every cause its rule', () => {
  expect(Object.keys(CAUSES).toSorted()).toEqual(
    DEFAULT_RULES.map(({ alert }) => alert).toSorted(),
  );
});

it.each(DEFAULT_RULES.map((rule) => [rule.alert, rule] as const))(
  '%s fires when what it is about happens, is quiet before, and is in a scrape',
  async (alert, rule) => {
    const cause = CAUSES[alert];
    if (cause === undefined) throw new Error(`nothing causes ${alert}`);
    const { happens, disks = async () => ({}), adapted = (same: AlertRule) => same } = cause;
    let time = Date.UTC(2026, 0, 1);
    let done = false;
    const watched = { disks: await disks(), cutOver: () => done };
    const { scrape } = measured(watched);
    const fired: Alert[] = [];
    const watch = watchAlerts({
      ...watched,
      rules: DEFAULT_RULES.map((each) => (each === rule ? adapted(rule) : each)),
      sinks: [{ send: (told) => void fired.push(...told) }],
      now: () => time,
      every: 3_600_000,
    });
    onTestFinished(() => watch.close());
    await watch.check();
    expect(fired).toEqual([]);
    await happens({
      async pass(milliseconds) {
        for (let left = milliseconds; left > 0; left -= MINUTE) {
          time += Math.min(left, MINUTE);
          await watch.check();
        }
      },
      cutOver() {
        done = true;
      },
    });
    expect(fired.map((one) => `${one.state} ${one.alert}`)).toContain(`firing ${alert}`);
    const series = Object.keys(await scrape());
    for (const measure of [rule.measure, rule.per, rule.only]) {
      if (measure === undefined) continue;
      const { metric, where = {} } = measure;
      const found = series.filter((one) => one.replace(/\{.*/, '') === prometheusName(metric));
      const matching = found.filter((one) =>
        Object.entries(where).every(([label, values]) =>
          values.some((value) => one.includes(`${label}="${value}"`)),
        ),
      );
      expect(matching, `${metric} with ${JSON.stringify(where)}`).not.toEqual([]);
      for (const label of rule.by ?? [])
        if ((METRICS[metric].labels as readonly string[]).includes(label))
          expect(matching.every((one) => one.includes(`${label}="`))).toBe(true);
    }
  },
);
