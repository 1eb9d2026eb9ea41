import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import {
  type AlertRule,
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

it('each rule names a section of the runbooks that is about it', async () => {
  const page = new URL('../../../../docs/runbooks/', import.meta.url);
  for (const { alert, runbook = '' } of DEFAULT_RULES) {
    const [file = '', anchor] = runbook.split('#');
    const text = await readFile(new URL(file, page), 'utf8');
    expect({ alert, anchor }).toEqual({ alert, anchor: alert.toLowerCase() });
    const heading = `\n## ${alert}\n`;
    expect(text).toContain(heading);
    const [section = ''] = (text.split(heading)[1] ?? '').split('\n## ');
    for (const part of ['**What it means.**', '**Look.**', '**Do.**', '**Worry when**'])
      expect(section, alert).toContain(part);
  }
});

it('names runbooks by a base of one’s own, or by a URL as it stands, and none where a rule has none', () => {
  const rule = { severity: 'warning', summary: 's', below: 1 } as const;
  const measure = { metric: 'healthy' } as const;
  const rules: readonly AlertRule[] = [
    { ...rule, measure, alert: 'Relative', runbook: 'a.md#b' },
    { ...rule, measure, alert: 'Absolute', runbook: 'https://other.example/c' },
    { ...rule, measure, alert: 'None' },
  ];
  const urls = (runbooks?: string) =>
    [...prometheusRules({ rules, runbooks }).matchAll(/ runbook_url: "(.*)"/g)].map(
      ([, url]) => url,
    );
  const project = 'https://github.com/org/storage/blob/main/docs/runbooks';
  expect(urls()).toEqual([`${project}/a.md#b`, 'https://other.example/c']);
  for (const base of ['https://wiki.example/x', 'https://wiki.example/x/'])
    expect(urls(base)).toEqual(['https://wiki.example/x/a.md#b', 'https://other.example/c']);
  for (const wrong of ['wiki', 'file:///x/', 'https://'])
    expect(() => urls(wrong)).toThrow(/runbooks is .*http/);
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
