import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DebianUnavailableError, debianRoot } from '@org/storage-testkit/debian';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AlertRule, DEFAULT_RULES, prometheusRules } from '../../src/index.js';
import { temporaryDirectory } from '../fixtures.js';
import { SITUATIONS } from './situations.js';

const shipped = fileURLToPath(new URL('../../alerts/storage.rules.yml', import.meta.url));

const PROMTOOL = { packages: ['promtool'] } as const;

/** Elsewhere than on Linux with apt, there is no Prometheus of Debian: the run says so. */
const unavailable = await debianRoot(PROMTOOL).then(
  () => false,
  (error: unknown) => {
    if (!(error instanceof DebianUnavailableError)) throw error;
    console.warn(`The rules are not looked at by promtool: ${error.message}`);
    return true;
  },
);

describe.skipIf(unavailable)('to Prometheus itself', () => {
  let promtool: (...args: string[]) => Promise<string>;
  beforeAll(async () => {
    const root = await debianRoot(PROMTOOL);
    promtool = async (...args) => {
      const { file, args: all } = root.command('usr/bin/promtool', args);
      return (await promisify(execFile)(file, all)).stdout;
    };
  });

  it('the rules that are shipped are well-formed', async () => {
    expect(await promtool('check', 'rules', shipped)).toContain(
      `SUCCESS: ${DEFAULT_RULES.length} rules found`,
    );
  });

  it('rules with names, times and texts of any kind are well-formed, too', async () => {
    const odd: AlertRule = {
      ...{ alert: 'Odd_1', severity: 'warning', below: -0.5, for: 90_500 },
      summary: 'a "quoted": summary # of 5 %, {not} a template',
      measure: { metric: 'healthy', where: { provider: ['a.b|"c"\\', 'd\n'] }, over: 1_500 },
    };
    const file = join(await temporaryDirectory(), 'odd.yml');
    await writeFile(file, prometheusRules({ prefix: 'files', rules: [odd] }));
    expect(await promtool('check', 'rules', file)).toContain('SUCCESS: 1 rules found');
  });

  it.each(SITUATIONS)('$alert: $situation', async ({ alert, series, fires, quiet }) => {
    const rule = DEFAULT_RULES.find((each) => each.alert === alert);
    const summary = rule?.summary;
    const runbook_url = `https://github.com/org/storage/blob/main/docs/runbooks/${rule?.runbook}`;
    const expected = fires.alerts.map(({ labels, value }) => ({
      exp_labels: labels,
      exp_annotations: { summary, runbook_url, value },
    }));
    const at = (time: string, alerts: readonly object[]) => ({
      ...{ eval_time: time, alertname: alert, exp_alerts: alerts },
    });
    const tests = {
      rule_files: [shipped],
      evaluation_interval: '30s',
      tests: [
        {
          interval: '1m',
          input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
          alert_rule_test: [at(fires.at, expected), ...quiet.map((time) => at(time, []))],
        },
      ],
    };
    const file = join(await temporaryDirectory(), 'test.json'); // which is YAML, too
    await writeFile(file, JSON.stringify(tests));
    expect(await promtool('test', 'rules', file)).toContain('SUCCESS');
  });

  it('each rule is seen to fire, and to be quiet', () => {
    const seen = (is: (one: (typeof SITUATIONS)[number]) => boolean) =>
      new Set(SITUATIONS.filter(is).map(({ alert }) => alert));
    const all = new Set(DEFAULT_RULES.map(({ alert }) => alert));
    expect(seen(({ fires }) => fires.alerts.length > 0)).toEqual(all);
    expect(seen(({ quiet }) => quiet.length > 0)).toEqual(all);
  });
});
