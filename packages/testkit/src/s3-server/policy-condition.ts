import { BlockList, isIP } from 'node:net';
import { S3Error } from './error.js';
import { expandVariables, matchesPattern } from './policy-pattern.js';

/** The values of a condition key in a request, of which most keys have one; undefined where the request has none. */
export type ConditionValues = (key: string) => string | readonly string[] | undefined;

/** One operator on one key: `{"StringLike": {"aws:Referer": ["https://example.org/*"]}}`. */
export interface PolicyCondition {
  /** Such as `StringLike`, `StringLikeIfExists`, `ForAnyValue:StringLike`. */
  readonly operator: string;
  /** Lower-case. */
  readonly key: string;
  readonly values: readonly string[];
}

type Test = (
  actual: string,
  expected: string,
  single: (key: string) => string | undefined,
) => boolean;

const equals: Test = (actual, expected, single) => actual === expandVariables(expected, single);
const like: Test = (actual, expected, single) => matchesPattern(expected, actual, single);

const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: equals,
  StringEqualsIgnoreCase: (actual, expected, single) =>
    actual.toLowerCase() === expandVariables(expected, single)?.toLowerCase(),
  StringLike: like,
  // The parts of an ARN are compared one by one, which is the same where no part has a wildcard that spans a colon.
  ArnEquals: like,
  ArnLike: like,
  Bool: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
  NumericEquals: (actual, expected) => Number(actual) === Number(expected),
  NumericLessThan: (actual, expected) => Number(actual) < Number(expected),
  NumericLessThanEquals: (actual, expected) => Number(actual) <= Number(expected),
  NumericGreaterThan: (actual, expected) => Number(actual) > Number(expected),
  NumericGreaterThanEquals: (actual, expected) => Number(actual) >= Number(expected),
  IpAddress: inNetwork,
};

/** Operators that hold where the other one does not, for any of the values. */
const NEGATED: Readonly<Record<string, string>> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
  NotIpAddress: 'IpAddress',
};

const KEYS = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:referer',
  'aws:securetransport',
  'aws:sourceip',
  'aws:useragent',
  'aws:username',
  'kms:viaservice',
  's3:delimiter',
  's3:if-match',
  's3:if-none-match',
  's3:max-keys',
  's3:objectcreationoperation',
  's3:prefix',
  's3:requestobjecttagkeys',
  's3:versionid',
]);

const OF_A_NAME = ['s3:x-amz-', 's3:requestobjecttag/', 's3:existingobjecttag/'];

interface Operator {
  readonly set: 'all' | 'any' | undefined;
  readonly ifExists: boolean;
  readonly name: string;
}

function operatorOf(text: string): Operator {
  const [, set, name = '', ifExists] =
    /^(?:For(All|Any)Values?:)?(.*?)(IfExists)?$/.exec(text) ?? [];
  return {
    set: set === 'All' ? 'all' : set === 'Any' ? 'any' : undefined,
    ifExists: ifExists !== undefined,
    name,
  };
}

/** Throws for an operator that there is not, and says of what exists and is not evaluated here that it is not. */
export function checkCondition({ operator, key }: PolicyCondition): void {
  const { name } = operatorOf(operator);
  if (!Object.hasOwn(TESTS, name) && !Object.hasOwn(NEGATED, name) && operator !== 'Null') {
    if (/^(Date|Binary)/.test(name)) throw notEvaluated(operator);
    throw new S3Error('MalformedPolicy', `Invalid Condition type : ${operator}`);
  }
  if (KEYS.has(key) || OF_A_NAME.some((start) => key.startsWith(start))) return;
  if (/^(aws|s3|kms):[\w/-]+$/.test(key)) throw notEvaluated(key);
  throw new S3Error('MalformedPolicy', 'Policy has an invalid condition key');
}

function notEvaluated(name: string): S3Error {
  return new S3Error('NotImplemented', `Conditions on ${name} are not evaluated by this server`);
}

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function conditionHolds(
  { operator, key, values }: PolicyCondition,
  valuesFor: ConditionValues,
): boolean {
  const actual = listed(valuesFor(key));
  if (operator === 'Null') return values.includes(actual === undefined ? 'true' : 'false');
  const { set, ifExists, name } = operatorOf(operator);
  const opposite = NEGATED[name];
  const test = TESTS[opposite ?? name];
  if (!test) return false;
  const single = (variable: string) => {
    const given = listed(valuesFor(variable));
    return given?.length === 1 ? given[0] : undefined;
  };
  const matches = (value: string) => values.some((expected) => test(value, expected, single));
  if (set === 'all') {
    return (actual ?? []).every((value) => matches(value) === (opposite === undefined));
  }
  if (set === 'any') {
    return (actual ?? []).some((value) => matches(value) === (opposite === undefined));
  }
  if (actual === undefined && ifExists) return true;
  // What is not there equals nothing, so that a negated operator holds for it.
  const found = actual?.some(matches) ?? false;
  return opposite === undefined ? found : !found;
}

function listed(values: string | readonly string[] | undefined): readonly string[] | undefined {
  return typeof values === 'string' ? [values] : values;
}

function inNetwork(address: string, network: string): boolean {
  const [base = '', bits] = network.split('/');
  const kind = isIP(base);
  if (kind === 0 || isIP(address) === 0) return false;
  const family = kind === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  if (bits === undefined) list.addAddress(base, family);
  else list.addSubnet(base, Number(bits), family);
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
