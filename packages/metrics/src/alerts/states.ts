import type { Alert } from './alert.js';
import { nameOf, violations } from './evaluate.js';
import type { AlertRule } from './rule.js';
import { runbookUrl } from './runbook.js';
import type { LabelValues, SeriesRecorder } from './series.js';

/** An alert that waits for its time, or fires. */
interface Standing {
  readonly rule: AlertRule;
  readonly labels: LabelValues;
  /** Since when the rule holds. */
  readonly held: number;
  value: number;
  /** Since when it fires. */
  fired?: number;
  told: number;
}

/** What the rules have come to: pending, firing, resolved. */
export class AlertStates {
  readonly #rules: readonly AlertRule[];
  readonly #repeat: number;
  readonly #runbooks: string | undefined;
  readonly #standing = new Map<string, Standing>();

  /**
   * @param repeat milliseconds after which a firing alert is told again.
   * @param runbooks URL of the directory of the rules' pages.
   */
  constructor(rules: readonly AlertRule[], repeat: number, runbooks?: string) {
    this.#rules = rules;
    this.#repeat = repeat;
    this.#runbooks = runbooks;
  }

  get firing(): readonly Alert[] {
    return [...this.#standing.values()].flatMap(({ fired, ...one }) =>
      fired === undefined ? [] : [this.#alertOf({ ...one, fired })],
    );
  }

  /** @returns what is to be told now. */
  advance(series: SeriesRecorder, now: number): Alert[] {
    const holding = new Set<string>();
    for (const rule of this.#rules) {
      for (const { labels, value } of violations(rule, series, now)) {
        const name = `${rule.alert}${nameOf(labels)}`;
        holding.add(name);
        const standing = this.#standing.get(name);
        if (standing === undefined)
          this.#standing.set(name, { rule, labels, held: now, value, told: 0 });
        else standing.value = value;
      }
    }
    const told: Alert[] = [];
    for (const [name, standing] of this.#standing) {
      const { fired } = standing;
      if (!holding.has(name)) {
        this.#standing.delete(name);
        if (fired !== undefined) told.push(this.#alertOf({ ...standing, fired }, now));
      } else if (this.#isToBeTold(standing, now)) {
        standing.fired ??= now;
        standing.told = now;
        told.push(this.#alertOf({ ...standing, fired: standing.fired }));
      }
    }
    return told;
  }

  #isToBeTold({ rule, held, fired, told }: Standing, now: number): boolean {
    if (fired === undefined) return now - held >= (rule.for ?? 0);
    return now - told >= this.#repeat;
  }

  #alertOf(standing: Standing & { readonly fired: number }, resolved?: number): Alert {
    const { rule, labels, value, fired } = standing;
    const { alert, severity, summary } = rule;
    const runbook = runbookUrl(rule, this.#runbooks);
    return {
      ...{ alert, severity, summary, labels, value },
      ...(runbook === undefined ? {} : { runbook }),
      state: resolved === undefined ? 'firing' : 'resolved',
      since: new Date(fired),
      ...(resolved === undefined ? {} : { until: new Date(resolved) }),
    };
  }
}
