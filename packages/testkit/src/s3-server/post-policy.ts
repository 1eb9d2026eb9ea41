import { S3Error } from './error.js';

/**
 * What a form may upload, as the one who signed it wrote it down.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export interface PostPolicy {
  /** Milliseconds since 1970. */
  readonly expiration: number;
  readonly conditions: readonly PostCondition[];
}

type PostCondition =
  | {
      readonly type: 'eq' | 'starts-with';
      readonly field: string;
      readonly value: string;
      readonly text: string;
    }
  | { readonly type: 'content-length-range'; readonly range: LengthRange }
  /** One that makes no sense, which nothing fulfils. */
  | { readonly type: 'unknown'; readonly text: string };

/** Bytes that the file may have, both ends included. */
export interface LengthRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** Fields that need no condition, beside those that begin with `x-ignore-`. */
const EXEMPT = new Set(['policy', 'x-amz-signature', 'file']);

/** Fields that a condition has to give in full. */
const EXACT = new Set(['bucket', 'x-amz-algorithm', 'x-amz-credential', 'x-amz-date']);

/** `encoded`: the field `policy`, base64 of JSON. */
export function parsePostPolicy(encoded: string): PostPolicy {
  let document: unknown;
  try {
    document = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
  } catch (cause) {
    throw invalidPolicy('Invalid JSON.', cause);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw invalidPolicy('Invalid JSON.');
  }
  const { expiration, conditions, ...others } = document as Readonly<Record<string, unknown>>;
  const [unexpected] = Object.keys(others);
  if (unexpected !== undefined) throw invalidPolicy(`Unexpected: '${unexpected}'.`);
  if (expiration === undefined) throw invalidPolicy('Policy missing expiration.');
  if (!Array.isArray(conditions)) throw invalidPolicy('Policy missing conditions.');
  return { expiration: parseExpiration(expiration), conditions: conditions.map(parseCondition) };
}

function parseExpiration(value: unknown): number {
  const form = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
  const time = typeof value === 'string' && form.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw invalidPolicy(`Invalid 'expiration' value: '${String(value)}'`);
  return time;
}

function parseCondition(condition: unknown): PostCondition {
  const text = JSON.stringify(condition);
  if (Array.isArray(condition)) return parseListCondition(condition, text);
  if (typeof condition !== 'object' || condition === null) return { type: 'unknown', text };
  const entries = Object.entries(condition);
  const [first] = entries;
  if (!first || entries.length > 1) {
    throw invalidPolicy(
      'Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
    );
  }
  const [field, value] = first;
  if (typeof value !== 'string') {
    throw invalidPolicy('Invalid Simple-Condition: value must be a string.');
  }
  const told = `["eq", "$${field}", "${value}"]`;
  return { type: 'eq', field: field.toLowerCase(), value, text: told };
}

function parseListCondition(condition: readonly unknown[], text: string): PostCondition {
  const [type, first, second] = condition;
  if (condition.length !== 3) return { type: 'unknown', text };
  if (type === 'content-length-range') {
    const range = { minimum: Number(first), maximum: Number(second) };
    const counts = Number.isInteger(range.minimum) && Number.isInteger(range.maximum);
    return counts ? { type, range } : { type: 'unknown', text };
  }
  const named = typeof first === 'string' && first.startsWith('$') && typeof second === 'string';
  if ((type !== 'eq' && type !== 'starts-with') || !named) return { type: 'unknown', text };
  const told = `["${type}", "${first}", "${second}"]`;
  return { type, field: first.slice(1).toLowerCase(), value: second, text: told };
}

/**
 * Throws unless the policy allows the form: it holds now, every condition is met, and every field has one.
 * @param fields by lower-case name, with the bucket among them: S3 takes it for a field of every form.
 * @returns how long the file may be.
 */
export function checkPostPolicy(
  { expiration, conditions }: PostPolicy,
  fields: ReadonlyMap<string, string>,
  now: number,
): LengthRange {
  if (now > expiration) throw refused('Policy expired.');
  const range = { minimum: 0, maximum: Number.POSITIVE_INFINITY };
  const covered = new Set<string>();
  for (const condition of conditions) {
    if (condition.type === 'content-length-range') {
      range.minimum = Math.max(range.minimum, condition.range.minimum);
      range.maximum = Math.min(range.maximum, condition.range.maximum);
    } else if (condition.type === 'unknown' || !isMet(condition, fields)) {
      throw refused(`Policy Condition failed: ${condition.text}`);
    } else {
      covered.add(condition.field);
    }
  }
  const extra = [...fields.keys()].filter(
    (name) => !covered.has(name) && !EXEMPT.has(name) && !name.startsWith('x-ignore-'),
  );
  if (extra.length > 0) throw refused(`Extra input fields: ${extra.join(', ')}`);
  return range;
}

function isMet(
  { type, field, value }: Extract<PostCondition, { field: string }>,
  fields: ReadonlyMap<string, string>,
): boolean {
  const actual = fields.get(field);
  if (actual === undefined) return false;
  if (type === 'eq') return actual === value;
  if (EXACT.has(field)) return false;
  // A type with commas is a list, each of which has to begin so.
  const items = field === 'content-type' ? actual.split(',') : [actual];
  return items.every((item) => item.trimStart().startsWith(value));
}

function refused(reason: string): S3Error {
  return new S3Error('AccessDenied', `Invalid according to Policy: ${reason}`);
}

function invalidPolicy(reason: string, cause?: unknown): S3Error {
  return new S3Error('InvalidPolicyDocument', `Invalid Policy: ${reason}`, undefined, cause);
}

/** The content as it comes; throws as soon as there is more of it than allowed, and at the end if there is less. */
export async function* withinRange(
  content: AsyncIterable<Buffer>,
  { minimum, maximum }: LengthRange,
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > maximum) {
      throw new S3Error('EntityTooLarge', undefined, {
        ProposedSize: size,
        MaxSizeAllowed: maximum,
      });
    }
    yield chunk;
  }
  if (size < minimum) {
    throw new S3Error('EntityTooSmall', undefined, { ProposedSize: size, MinSizeAllowed: minimum });
  }
}
