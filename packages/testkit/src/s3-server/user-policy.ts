import { applies, type PolicyQuestion } from './policy-decision.js';
import {
  malformedPolicy,
  parseStatement,
  parseStatements,
  type Statement,
} from './policy-statement.js';

/**
 * What a user may do: the policies that are attached to him, identity-based ones, which name no principal.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export class UserPolicies {
  readonly #statements: readonly Statement[];
  readonly #used = new Set<string>();

  /** Throws MalformedPolicy for what is no policy of a user. */
  constructor(documents: readonly string[]) {
    this.#statements = documents.flatMap((text) => parseStatements(text, parseUserStatement));
  }

  decide(question: PolicyQuestion): 'allowed' | 'denied' | 'open' {
    const fitting = this.#statements.filter((statement) => applies(statement, question));
    if (fitting.some(({ effect }) => effect === 'Deny')) return 'denied';
    // Of several that allow it, the one that says most of where is the one that is needed.
    const narrowest = Math.max(...fitting.map(narrowness));
    for (const statement of fitting) {
      if (narrowness(statement) < narrowest) continue;
      this.#used.add(grantName(statement.id, question.action));
    }
    return fitting.length === 0 ? 'open' : 'allowed';
  }

  /** Actions that statements allow by name, and that nobody asked for so far, each as `Sid action`. */
  get unused(): readonly string[] {
    return this.#statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap(({ id, actions }) => actions.patterns.map((action) => grantName(id, action)))
      .filter((grant) => !this.#used.has(grant));
  }
}

function narrowness({ resources }: Statement): number {
  return Math.max(...resources.patterns.map((pattern) => pattern.length));
}

function grantName(id: string, action: string): string {
  return `${id} ${action}`;
}

function parseUserStatement(value: unknown): Statement {
  const { statement } = parseStatement(value, []);
  const { actions, resources } = statement;
  if (!actions.patterns.every((action) => /^(\*|[a-z0-9-]+:[A-Za-z*?]+)$/.test(action))) {
    throw malformedPolicy('Policy has invalid action');
  }
  if (!resources.patterns.every((resource) => /^(\*|arn:[\w*-]+:[\w*-]+:.*)$/s.test(resource))) {
    throw malformedPolicy('Policy has invalid resource');
  }
  return statement;
}
