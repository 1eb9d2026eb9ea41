import { METRICS, prometheusName } from '../metric.js';
import { DEFAULT_RULES } from './default-rules.js';
import { type AlertRule, checkRules, type Measure } from './rule.js';
import { runbookUrl } from './runbook.js';

export interface PrometheusRulesOptions {
  /** Default `DEFAULT_RULES`. */
  readonly rules?: readonly AlertRule[] | undefined;
  /** That of `prometheusMetrics`. Default `storage`. */
  readonly prefix?: string | undefined;
  /** URL of the directory that the rules' `runbook`s are in. Default: those of this project. */
  readonly runbooks?: string | undefined;
}

/**
 * The rules as a file of alerting rules for Prometheus, in YAML. Counters are summed up over all processes; gauges stay those of each
 * process.
 * @throws StorageError `InvalidArgument` for rules that make no sense, and for `runbooks` that are no URL.
 */
export function prometheusRules({
  rules = DEFAULT_RULES,
  prefix = 'storage',
  runbooks,
}: PrometheusRulesOptions = {}): string {
  checkRules(rules);
  const lines = rules.flatMap((rule) => [
    `      - alert: ${rule.alert}`,
    `        expr: ${quoted(expressionOf(rule, prefix))}`,
    ...(rule.for === undefined || rule.for === 0 ? [] : [`        for: ${duration(rule.for)}`]),
    '        labels:',
    `          severity: ${rule.severity}`,
    '        annotations:',
    `          summary: ${quoted(rule.summary)}`,
    ...runbookLine(runbookUrl(rule, runbooks)),
    `          value: ${quoted('{{ $value }}')}`,
  ]);
  return `groups:\n  - name: ${prefix}\n    rules:\n${lines.join('\n')}\n`;
}

function runbookLine(url: string | undefined): readonly string[] {
  return url === undefined ? [] : [`          runbook_url: ${quoted(url)}`];
}

function expressionOf(rule: AlertRule, prefix: string): string {
  const { measure, per, least, above, below, only } = rule;
  const limit = above === undefined ? `< ${below}` : `> ${above}`;
  const value = termOf(rule, measure, prefix);
  const base = per && termOf(rule, per, prefix);
  const parts = [base === undefined ? `${value} ${limit}` : `${value} / ${base} ${limit}`];
  if (base !== undefined) parts.push(`${base} ${least === undefined ? '> 0' : `>= ${least}`}`);
  if (only !== undefined) parts.push(`on() (max(${selectorOf(only, prefix)}) > 0)`);
  return parts.join(' and ');
}

function termOf({ by = [] }: AlertRule, measure: Measure, prefix: string): string {
  const selector = selectorOf(measure, prefix);
  const { over } = measure;
  if (METRICS[measure.metric].kind === 'gauge')
    return over === undefined ? selector : `delta(${selector}[${duration(over)}])`;
  const increase = `increase(${selector}[${duration(over ?? 0)}])`;
  return by.length === 0 ? `sum(${increase})` : `sum by (${by.join(', ')}) (${increase})`;
}

function selectorOf({ metric, where = {} }: Measure, prefix: string): string {
  const matchers = Object.entries(where).map(([label, values]) => {
    const pattern = values.map(escaped).join('|');
    return `${label}=~${quoted(pattern)}`;
  });
  const selection = matchers.length === 0 ? '' : `{${matchers.join(',')}}`;
  return `${prometheusName(metric, prefix)}${selection}`;
}

/** For RE2, which Prometheus matches with. */
function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** JSON's strings are YAML's, and PromQL's. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Prometheus writes milliseconds as `ms`. */
function duration(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${Math.round(ms)}ms`;
}
