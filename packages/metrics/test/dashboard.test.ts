import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  DEFAULT_RULES,
  METRICS,
  type Metric,
  type MetricId,
  prometheusName,
} from '../src/index.js';
import { measured } from './fixtures.js';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
}

const file = new URL('../grafana/storage.json', import.meta.url);
const dashboard: Dashboard = JSON.parse(readFileSync(file, 'utf8'));

const metrics = new Map<string, Metric>(
  (Object.keys(METRICS) as MetricId[]).map((id) => [prometheusName(id), METRICS[id]]),
);

const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map((target) => ({ title, ...target })),
);

/** A histogram is scraped as three series. */
const metricOf = (series: string) => series.replace(/(?<=_seconds)_(bucket|sum|count)$/, '');

it('every metric in a panel is one of ours, and every one of ours is in a panel', () => {
  const shown = new Set<string>();
  for (const { title, expr } of queries)
    for (const [series] of expr.matchAll(/\bstorage_\w+/g)) {
      expect([...metrics.keys()], title).toContain(metricOf(series));
      shown.add(metricOf(series));
    }
  expect([...shown].sort()).toEqual([...metrics.keys()].sort());
});

it('selects and sums by labels that the metrics have, and a legend’s are among them', () => {
  for (const { title, expr, legendFormat } of queries) {
    const own = [...expr.matchAll(/\bstorage_\w+/g)].flatMap(([series]) => [
      ...(metrics.get(metricOf(series))?.labels ?? []),
    ]);
    const labels = [...own, 'job', 'le', 'alertname', 'alertstate'];
    const matched = [...expr.matchAll(/[{,](\w+)=~?"/g)].map(([, label]) => label);
    const groups = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) =>
      list.split(', '),
    );
    for (const label of [...matched, ...groups]) expect(labels, title).toContain(label);
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
      expect(groups, title).toContain(label);
  }
});

it('takes counters by their increase, and gauges as they are', () => {
  for (const { title, expr } of queries)
    for (const [, before, series = ''] of expr.matchAll(/(\w+\(|\w* ?)?(storage_\w+)/g)) {
      const counted = metrics.get(metricOf(series))?.kind !== 'gauge';
      expect({ title, series, increase: /^(rate|increase)\($/.test(before ?? '') }).toEqual({
        ...{ title, series, increase: counted },
      });
    }
});

it('uses no variable but its own and Grafana’s', () => {
  const own = dashboard.templating.list.map(({ name }) => name);
  const known = [...own, '__rate_interval', '__range', '__all'];
  const text = readFileSync(file, 'utf8');
  const used = [...text.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name);
  expect(used.length).toBeGreaterThan(0);
  for (const name of used) expect(known).toContain(name);
});

it('panels have ids of their own, and lie beside each other', () => {
  const { panels } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
});

it('what the rules and the panels look at is in a scrape', async () => {
  const { registry } = measured();
  const text = await registry.metrics();
  const scraped = new Set([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
  const ruled = DEFAULT_RULES.flatMap(({ measure, per, only }) => [measure, per, only]);
  for (const measure of ruled)
    if (measure !== undefined) expect(scraped).toContain(prometheusName(measure.metric));
  for (const { expr } of queries)
    for (const [series] of expr.matchAll(/\bstorage_\w+/g))
      expect(scraped).toContain(metricOf(series));
});
