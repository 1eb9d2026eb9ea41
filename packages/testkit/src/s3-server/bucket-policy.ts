import { type ConditionValues, conditionHolds } from './policy-condition.js';
import {
  ARN,
  type BucketPolicy,
  type Choice,
  parseBucketPolicy,
  type Statement,
} from './policy-document.js';
import type { BucketRecord } from './records.js';
import { matchesWildcard } from './wildcard.js';

export interface PolicyQuestion {
  /** Account id; undefined for an anonymous request. */
  readonly principal: string | undefined;
  /** For instance `s3:GetObject`. */
  readonly action: string;
  /** ARN. */
  readonly resource: string;
  readonly values: ConditionValues;
}

export function arnOf(bucket: string, key?: string): string {
  return key === undefined ? `${ARN}${bucket}` : `${ARN}${bucket}/${key}`;
}

/** An explicit Deny outranks every Allow. */
export function decide(
  { statements }: BucketPolicy,
  question: PolicyQuestion,
): 'allowed' | 'denied' | 'open' {
  const effects = statements
    .filter((statement) => applies(statement, question))
    .map(({ effect }) => effect);
  if (effects.includes('Deny')) return 'denied';
  return effects.includes('Allow') ? 'allowed' : 'open';
}

function applies(statement: Statement, question: PolicyQuestion): boolean {
  const { principals, actions, resources, conditions } = statement;
  const { principal, action, resource, values } = question;
  return (
    (principals.includes('*') || (principal !== undefined && principals.includes(principal))) &&
    // Actions are compared without regard to case, resources with it.
    chosen(actions, (pattern) => matchesWildcard(pattern.toLowerCase(), action.toLowerCase())) &&
    chosen(resources, (pattern) => matchesWildcard(pattern, resource)) &&
    conditions.every((condition) => conditionHolds(condition, values))
  );
}

function chosen({ patterns, excluded }: Choice, matches: (pattern: string) => boolean): boolean {
  return patterns.some(matches) !== excluded;
}

/**
 * Whether it opens the bucket to everybody. Of the conditions that S3 takes for a restriction, that on the sender's
 * address is the one known here. https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
export function isPublicPolicy({ statements }: BucketPolicy): boolean {
  return statements.some(
    ({ effect, principals, conditions }) =>
      effect === 'Allow' &&
      principals.includes('*') &&
      !conditions.some(
        ({ operator, key, values }) =>
          operator === 'IpAddress' &&
          key === 'aws:sourceip' &&
          values.every((network) => !network.endsWith('/0')),
      ),
  );
}

/** Parsed policies of the records they are in, which are replaced when a policy is. */
const parsed = new WeakMap<BucketRecord, BucketPolicy>();

export function policyOf(bucket: BucketRecord): BucketPolicy | undefined {
  const document = bucket.documents['policy'];
  if (document === undefined) return undefined;
  const known = parsed.get(bucket) ?? parseBucketPolicy(document, bucket.name);
  parsed.set(bucket, known);
  return known;
}
