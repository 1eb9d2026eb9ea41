import { BlockList, isIP } from 'node:net';
import { S3Error } from './error.js';
import { matchesWildcard } from './wildcard.js';

/** The value of a condition key in a request; undefined where the request has none. */
export type ConditionValues = (key: string) => string | undefined;

/** One operator on one key: `{"StringLike": {"aws:Referer": ["https://example.org/*"]}}`. */
export interface PolicyCondition {
  readonly operator: string;
  /** Lower-case. */
  readonly key: string;
  readonly values: readonly string[];
}

type Test = (actual: string, expected: string) => boolean;

const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: (actual, expected) => actual === expected,
  StringEqualsIgnoreCase: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
  StringLike: (actual, expected) => matchesWildcard(expected, actual),
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
  NumericNotEquals: 'NumericEquals',
  NotIpAddress: 'IpAddress',
};

const KEYS = new Set([
  'aws:securetransport',
  'aws:sourceip',
  'aws:referer',
  'aws:useragent',
  's3:delimiter',
  's3:if-match',
  's3:if-none-match',
  's3:max-keys',
  's3:objectcreationoperation',
  's3:prefix',
  's3:versionid',
]);

const ANY_HEADER = 's3:x-amz-';

/** Throws for an operator that there is not, and says of what exists and is not evaluated here that it is not. */
export function checkCondition({ operator, key }: PolicyCondition): void {
  const name = operator.replace(/IfExists$/, '');
  if (!Object.hasOwn(TESTS, name) && !Object.hasOwn(NEGATED, name) && operator !== 'Null') {
    if (/^(For(All|Any)Value|Date|Arn|Binary)/.test(operator)) throw notEvaluated(operator);
    throw new S3Error('MalformedPolicy', `Invalid Condition type : ${operator}`);
  }
  if (KEYS.has(key) || key.startsWith(ANY_HEADER)) return;
  if (/^(aws|s3|kms):[\w/-]+$/.test(key)) throw notEvaluated(key);
  throw new S3Error('MalformedPolicy', 'Policy has an invalid condition key');
}

function notEvaluated(name: string): S3Error {
  return new S3Error('NotImplemented', `Conditions on ${name} are not evaluated by this server`);
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
export function conditionHolds(
  { operator, key, values }: PolicyCondition,
  valueFor: ConditionValues,
): boolean {
  const actual = valueFor(key);
  if (operator === 'Null') return values.includes(actual === undefined ? 'true' : 'false');
  const name = operator.replace(/IfExists$/, '');
  if (actual === undefined && name !== operator) return true;
  const opposite = NEGATED[name];
  const test = TESTS[opposite ?? name];
  if (!test) return false;
  // What is not there equals nothing, so that a negated operator holds for it.
  const found = actual !== undefined && values.some((expected) => test(actual, expected));
  return opposite === undefined ? found : !found;
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
