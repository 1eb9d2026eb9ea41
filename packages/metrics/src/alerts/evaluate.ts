import { METRICS, type MetricId } from '../metric.js';
import type { AlertRule, Measure } from './rule.js';
import type { LabelValues, Series, SeriesRecorder } from './series.js';

/** What rules look at, and how much of its past they need. */
export function neededBy(rules: readonly AlertRule[]): ReadonlyMap<MetricId, number> {
  const needed = new Map<MetricId, number>();
  for (const { measure, per, only } of rules) {
    for (const part of [measure, per, only]) {
      if (part === undefined) continue;
      const { metric, over = 0 } = part;
      needed.set(metric, Math.max(needed.get(metric) ?? 0, over));
    }
  }
  return needed;
}

/** The groups of series for which a rule holds now, each with its value. */
export function violations(rule: AlertRule, series: SeriesRecorder, now: number): Series[] {
  const { measure, per, least, above, below, only } = rule;
  if (only !== undefined && !measured(only, series, now).some(({ value }) => value > 0)) return [];
  const values = grouped(rule, measure, series, now);
  const bases = per && new Map(keyed(grouped(rule, per, series, now)));
  return values.flatMap(({ labels, value }) => {
    const base = bases?.get(nameOf(labels))?.value;
    if (bases !== undefined && !enough(base, least)) return [];
    const found = value / (base ?? 1);
    const holds = above === undefined ? found < (below ?? 0) : found > above;
    return holds ? [{ labels, value: found }] : [];
  });
}

function enough(base: number | undefined, least: number | undefined): boolean {
  return base !== undefined && base > 0 && base >= (least ?? 0);
}

/** Of counters, sums by the rule's labels; gauges are taken one by one. */
function grouped(rule: AlertRule, measure: Measure, series: SeriesRecorder, now: number): Series[] {
  const found = measured(measure, series, now);
  if (METRICS[measure.metric].kind === 'gauge') return found;
  const sums = new Map<string, Series>();
  for (const { labels, value } of found) {
    const group = Object.fromEntries((rule.by ?? []).map((label) => [label, labels[label] ?? '']));
    const name = nameOf(group);
    sums.set(name, { labels: group, value: (sums.get(name)?.value ?? 0) + value });
  }
  return [...sums.values()];
}

function measured(
  { metric, where = {}, over }: Measure,
  series: SeriesRecorder,
  now: number,
): Series[] {
  const wanted = Object.entries(where);
  return series
    .series(metric, now, over)
    .filter(({ labels }) => wanted.every(([label, of]) => of.includes(labels[label] ?? '')));
}

function keyed(series: readonly Series[]): [string, Series][] {
  return series.map((one) => [nameOf(one.labels), one]);
}

/** The same for the same labels, in whichever order. */
export function nameOf(labels: LabelValues): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
