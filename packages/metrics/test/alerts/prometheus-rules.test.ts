import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import {
  DEFAULT_RULES,
  METRICS,
  type MetricId,
  prometheusName,
  prometheusRules,
} from '../../src/index.js';

const file = new URL('../../alerts/storage.rules.yml', import.meta.url);

it('the file of rules is that of the rules in the code: vitest -u writes it anew', async () => {
  await expect(prometheusRules()).toMatchFileSnapshot(fileURLToPath(file));
});

it('every name in it is one of the metrics, and every rule is there', () => {
  const text = prometheusRules();
  const names = new Set((Object.keys(METRICS) as MetricId[]).map((id) => prometheusName(id)));
  for (const [name] of text.matchAll(/\bstorage_\w+/g)) expect(names).toContain(name);
  for (const { alert } of DEFAULT_RULES) expect(text).toContain(`- alert: ${alert}\n`);
});

it('goes by the prefix, and escapes what PromQL would read otherwise', () => {
  const text = prometheusRules({
    prefix: 'files',
    rules: [
      {
        alert: 'Odd',
        severity: 'warning',
        summary: 'a "quoted": summary # of 5 %',
        measure: { metric: 'healthy', where: { provider: ['a.b|"c"', 'd'] } },
        below: 1,
        for: 90_500,
      },
    ],
  });
  expect(text).toBe(
    [
      'groups:',
      '  - name: files',
      '    rules:',
      '      - alert: Odd',
      `        expr: ${JSON.stringify('files_healthy{provider=~"a\\\\.b\\\\|\\"c\\"|d"} < 1')}`,
      '        for: 90500ms',
      '        labels:',
      '          severity: warning',
      '        annotations:',
      '          summary: "a \\"quoted\\": summary # of 5 %"',
      '          value: "{{ $value }}"',
      '',
    ].join('\n'),
  );
});
