import { StorageError } from '@org/storage-core';
import { canonical } from './canonical.js';

/** A bucket policy as it came, with its statements in a list. */
export interface PolicyDocument {
  /** `Version`, `Id`. */
  readonly head: Readonly<Record<string, unknown>>;
  readonly statements: readonly Statement[];
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html */
export type Statement = Readonly<Record<string, unknown>>;

export const NO_POLICY: PolicyDocument = { head: { Version: '2012-10-17' }, statements: [] };

/** @throws StorageError `Unsupported` for what is no policy. */
export function parsePolicy(text: string): PolicyDocument {
  const document = parseJson(text);
  if (!isFields(document)) throw noPolicy('it is no object');
  const { Statement: content = [], ...head } = document;
  const list: readonly unknown[] = Array.isArray(content) ? content : [content];
  return {
    head,
    statements: list.map((statement) => {
      if (!isFields(statement)) throw noPolicy('a statement of it is no object');
      return statement;
    }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw noPolicy(cause instanceof Error ? cause.message : String(cause));
  }
}

function noPolicy(why: string): StorageError {
  return new StorageError('Unsupported', `the policy that is there can’t be read: ${why}`);
}

export function formatPolicy({ head, statements }: PolicyDocument): string {
  return JSON.stringify({ ...head, Statement: statements });
}

export function sidOf({ Sid }: Statement): string | undefined {
  return typeof Sid === 'string' ? Sid : undefined;
}

/**
 * The same text for statements that mean the same: whether one thing stands alone or in a list, in whatever order, an
 * account by its id or its ARN, everybody by either of two ways to write that.
 */
export function meaningOf({ Sid: _, ...statement }: Statement): string {
  const entries = Object.entries(statement).map(([name, value]) => [name, normal(name, value)]);
  return canonical(Object.fromEntries(entries));
}

function normal(name: string, value: unknown): unknown {
  switch (name) {
    case 'Principal':
    case 'NotPrincipal':
      return principals(value);
    case 'Action':
    case 'NotAction':
      return listOf(value).map((action) => String(action).toLowerCase());
    case 'Resource':
    case 'NotResource':
      return listOf(value);
    case 'Condition':
      return mapped(value, (keys) => mapped(keys, (values) => listOf(values).map(String), true));
    default:
      return value;
  }
}

function principals(value: unknown): unknown {
  if (!isFields(value)) return { AWS: [value] };
  return mapped(value, (ids) => listOf(ids).map(principal));
}

function principal(id: unknown): unknown {
  return typeof id === 'string' && /^\d{12}$/.test(id) ? `arn:aws:iam::${id}:root` : id;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** @param anyCase Names are compared without regard to it. */
function mapped(value: unknown, change: (value: unknown) => unknown, anyCase = false): unknown {
  if (!isFields(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    anyCase ? name.toLowerCase() : name,
    change(inner),
  ]);
  return Object.fromEntries(entries);
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a statement says, in one line. */
export function wordsOf(statement: Statement): string {
  const { Sid: _, Effect, Principal, Action, Resource, Condition, ...others } = statement;
  const rest = canonical(others);
  return [
    `${String(Effect)} ${texts(Action)}`,
    `on ${texts(Resource)}`,
    `by ${whom(Principal)}`,
    ...(Condition === undefined ? [] : [`if ${canonical(normal('Condition', Condition))}`]),
    ...(rest === '{}' ? [] : [rest]),
  ].join(' ');
}

function whom(value: unknown): string {
  const all = principals(value);
  if (canonical(all) === canonical({ AWS: ['*'] })) return 'everybody';
  if (!isFields(all)) return texts(all);
  const names = Object.entries(all).map(
    ([type, ids]) => `${type === 'AWS' ? '' : `${type} `}${texts(ids)}`,
  );
  return names.sort().join(' ');
}

function texts(value: unknown): string {
  return [...new Set(listOf(value).map(String))].sort().join(' ');
}
