import { S3Error } from './error.js';
import { checkCondition, type PolicyCondition } from './policy-condition.js';

/** What the statements of all policies have in common. */
export interface Statement {
  /** Empty where it has none. */
  readonly id: string;
  readonly effect: 'Allow' | 'Deny';
  readonly actions: Choice;
  readonly resources: Choice;
  readonly conditions: readonly PolicyCondition[];
}

/** What is named, or, for NotAction and NotResource, all but that. */
export interface Choice {
  readonly patterns: readonly string[];
  readonly excluded: boolean;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The statements of a policy document. Throws MalformedPolicy for what is none. */
export function parseStatements<T>(text: string, parse: (statement: unknown) => T): readonly T[] {
  const document = parseJson(text);
  refuseUnknown(document, ['Version', 'Id', 'Statement']);
  const { Version: version, Statement: content } = document;
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    throw malformedPolicy('The policy must contain a valid version string');
  }
  if (content === undefined) throw malformedPolicy('Missing required field Statement');
  const statements: readonly unknown[] = Array.isArray(content) ? content : [content];
  if (statements.length === 0) {
    throw malformedPolicy('Could not parse the policy: Statement is empty!');
  }
  return statements.map(parse);
}

function parseJson(text: string): Fields {
  if (text.startsWith('{')) {
    try {
      return fieldsOf(JSON.parse(text));
    } catch (error) {
      if (error instanceof S3Error) throw error;
    }
  }
  throw new S3Error('MalformedPolicy');
}

export function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformedPolicy('Invalid policy syntax.');
  }
  return value as Fields;
}

/** `more`: fields that only this kind of policy has. */
export function parseStatement(
  value: unknown,
  more: readonly string[],
): { readonly fields: Fields; readonly statement: Statement } {
  const fields = fieldsOf(value);
  refuseUnknown(fields, [
    ...['Sid', 'Effect', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
    ...more,
  ]);
  const { Sid: id, Effect: effect, Condition: condition } = fields;
  if (effect === undefined) throw malformedPolicy('Missing required field Effect');
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw malformedPolicy(`Invalid effect: ${String(effect)}`);
  }
  const statement: Statement = {
    id: typeof id === 'string' ? id : '',
    effect,
    actions: parseChoice(fields, 'Action'),
    resources: parseChoice(fields, 'Resource'),
    conditions: condition === undefined ? [] : parseConditions(condition),
  };
  return { fields, statement };
}

function parseChoice(fields: Fields, name: 'Action' | 'Resource'): Choice {
  const included = fields[name];
  const excluded = fields[`Not${name}`];
  if ((included === undefined) === (excluded === undefined)) {
    throw malformedPolicy(`Missing required field ${name}`);
  }
  const patterns = texts(included ?? excluded, name);
  return { patterns, excluded: excluded !== undefined };
}

export function texts(value: unknown, field: string): string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    if (typeof item !== 'string') throw malformedPolicy(`Invalid policy syntax in ${field}`);
    return item;
  });
}

function parseConditions(value: unknown): PolicyCondition[] {
  return Object.entries(fieldsOf(value)).flatMap(([operator, keys]) =>
    Object.entries(fieldsOf(keys)).map(([key, expected]) => {
      const list: readonly unknown[] = Array.isArray(expected) ? expected : [expected];
      const values = list.map((item) => {
        if (!['string', 'boolean', 'number'].includes(typeof item)) {
          throw malformedPolicy('Invalid policy syntax in Condition');
        }
        return String(item);
      });
      const condition: PolicyCondition = { operator, key: key.toLowerCase(), values };
      checkCondition(condition);
      return condition;
    }),
  );
}

function refuseUnknown(fields: Fields, known: readonly string[]): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) throw malformedPolicy(`Unknown field ${unknown}`);
}

export function malformedPolicy(message: string): S3Error {
  return new S3Error('MalformedPolicy', message);
}
