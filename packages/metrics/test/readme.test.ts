import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import {
  DEFAULT_RULES,
  METRICS,
  type Metric,
  type MetricId,
  prometheusName,
} from '../src/index.js';

const UNITS: Readonly<Record<Metric['unit'], string>> = { s: 'seconds', By: 'bytes', 1: '' };

it('tells of every metric and every rule, as they are', async () => {
  const text = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const rows = (Object.keys(METRICS) as MetricId[]).map((id) => {
    const { kind, labels, unit, help }: Metric = METRICS[id];
    const names = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${prometheusName(id)}\` | ${kind} | ${names} | ${UNITS[unit]} | ${help} |`;
  });
  const rules = DEFAULT_RULES.map(
    ({ alert, severity, summary }) => `| \`${alert}\` | ${severity} | ${summary} |`,
  );
  for (const row of [...rows, ...rules]) expect(text).toContain(`${row}\n`);
  const told = [...text.matchAll(/^\| `storage_/gm)];
  expect(told).toHaveLength(rows.length);
});
