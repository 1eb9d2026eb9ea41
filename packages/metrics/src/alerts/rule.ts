import { StorageError } from '@org/storage-core';
import { METRICS, type MetricId } from '../metric.js';

/** What a rule looks at: a gauge by its value, a counter by its increase. */
export interface Measure {
  readonly metric: MetricId;
  /** Only series with one of these values of a label. */
  readonly where?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Milliseconds over which the change is taken. A counter needs it; a gauge without it is taken as it stands. */
  readonly over?: number | undefined;
}

/** When to tell somebody. One alert for each group of series. */
export interface AlertRule {
  /** Such as `StorageFailureRate`. */
  readonly alert: string;
  readonly severity: 'warning' | 'critical';
  /** One sentence for whoever is woken. */
  readonly summary: string;
  /** The page that says what to do: a URL, or a path below `runbooks` of who tells of the alert, such as `alerts.md#storagespoolfull`. */
  readonly runbook?: string | undefined;
  readonly measure: Measure;
  /** Divides it: the measure is a share. */
  readonly per?: Measure | undefined;
  /** Smallest `per` of which a share says something. Default: above 0. */
  readonly least?: number | undefined;
  /** Labels that tell alerts apart. Counters are summed up by them. Default: all that a gauge has; of a counter none. */
  readonly by?: readonly string[] | undefined;
  /** Fires above, or below, this value. */
  readonly above?: number | undefined;
  readonly below?: number | undefined;
  /** Only while some series of this gauge is above 0. */
  readonly only?: Measure | undefined;
  /** Milliseconds for which it has to be so. Default 0. */
  readonly for?: number | undefined;
}

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** @throws StorageError `InvalidArgument` for rules that could never fire, or not be told apart. */
export function checkRules(rules: readonly AlertRule[]): void {
  const names = new Set<string>();
  for (const rule of rules) {
    const problem = names.has(rule.alert) ? 'there are two of them' : problemOf(rule);
    if (problem !== undefined)
      throw new StorageError('InvalidArgument', `the alert rule ${rule.alert}: ${problem}`);
    names.add(rule.alert);
  }
}

function problemOf(rule: AlertRule): string | undefined {
  if (!LABEL_NAME.test(rule.alert)) return 'its name takes letters, digits and _';
  if ((rule.above === undefined) === (rule.below === undefined))
    return 'it takes either above or below';
  if (!Number.isFinite(rule.above ?? rule.below)) return 'its threshold is a number';
  if (!(rule.for === undefined || rule.for >= 0)) return 'for is a time in milliseconds';
  for (const measure of [rule.measure, rule.per, rule.only]) {
    const problem = measure && measureProblem(measure);
    if (problem !== undefined) return problem;
  }
  const known: readonly string[] = METRICS[rule.measure.metric].labels;
  const strange = rule.by?.find((label) => !known.includes(label));
  if (strange !== undefined) return `${rule.measure.metric} has no label ${strange}`;
  if (rule.per !== undefined && !comparable(rule.measure, rule.per))
    return 'a share is of two counters, or of two gauges';
  return undefined;
}

function measureProblem({ metric, where = {}, over }: Measure): string | undefined {
  if (!Object.hasOwn(METRICS, metric)) return `there is no metric ${metric}`;
  const { kind, labels }: { kind: string; labels: readonly string[] } = METRICS[metric];
  if (kind === 'histogram') return `${metric} is a histogram, which rules can’t go by`;
  if (kind === 'counter' && over === undefined) return `${metric} is a counter: over what time?`;
  if (!(over === undefined || over > 0)) return 'over is a time in milliseconds, above 0';
  const strange = Object.keys(where).find((label) => !labels.includes(label));
  return strange === undefined ? undefined : `${metric} has no label ${strange}`;
}

function comparable(one: Measure, other: Measure): boolean {
  return METRICS[one.metric].kind === METRICS[other.metric].kind;
}
