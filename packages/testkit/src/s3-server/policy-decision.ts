import { type ConditionValues, conditionHolds } from './policy-condition.js';
import { matchesPattern } from './policy-pattern.js';
import type { Choice, Statement } from './policy-statement.js';
import { matchesWildcard } from './wildcard.js';

/** Whether one may do something. */
export interface PolicyQuestion {
  /** For instance `s3:GetObject`. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  readonly values: ConditionValues;
}

export type Decision = 'allowed' | 'denied' | 'open';

/** An explicit Deny outranks every Allow. Who is asked about is for the caller to look at: `statements` are those about him. */
export function decide(statements: readonly Statement[], question: PolicyQuestion): Decision {
  const effects = statements
    .filter((statement) => applies(statement, question))
    .map(({ effect }) => effect);
  if (effects.includes('Deny')) return 'denied';
  return effects.includes('Allow') ? 'allowed' : 'open';
}

export function applies(statement: Statement, question: PolicyQuestion): boolean {
  const { actions, resources, conditions } = statement;
  const { action, resource, values } = question;
  const variables = (name: string) => {
    const value = values(name);
    return typeof value === 'string' ? value : undefined;
  };
  return (
    // Actions are compared without regard to case, resources with it.
    chosen(actions, (pattern) => matchesWildcard(pattern.toLowerCase(), action.toLowerCase())) &&
    chosen(resources, (pattern) => matchesPattern(pattern, resource, variables)) &&
    conditions.every((condition) => conditionHolds(condition, values))
  );
}

function chosen({ patterns, excluded }: Choice, matches: (pattern: string) => boolean): boolean {
  return patterns.some(matches) !== excluded;
}
