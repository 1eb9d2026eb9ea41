import { ACCOUNT_NUMBER, type User } from './account.js';
import { type Decision, decide, type PolicyQuestion } from './policy-decision.js';
import { ARN, type BucketPolicy, parseBucketPolicy } from './policy-document.js';
import type { BucketRecord } from './records.js';

/** Who asks. */
export interface Principal {
  /** Account id; undefined for an anonymous request. */
  readonly account: string | undefined;
  readonly user: User | undefined;
}

export function arnOf(bucket: string, key?: string): string {
  return key === undefined ? `${ARN}${bucket}` : `${ARN}${bucket}/${key}`;
}

/**
 * What the statements decide that name the principal. A statement that names the account of a user denies him, too, and leaves
 * it to his own policies what he is allowed.
 */
export function decideForPrincipal(
  { statements }: BucketPolicy,
  { account, user }: Principal,
  question: PolicyQuestion,
): Decision {
  const itself = ['*', user?.arn ?? account];
  const above = user ? [account, ACCOUNT_NUMBER, `arn:aws:iam::${ACCOUNT_NUMBER}:root`] : [];
  return decide(
    statements.filter(({ effect, principals }) => {
      const named = effect === 'Deny' ? [...itself, ...above] : itself;
      return principals.some((principal) => named.includes(principal));
    }),
    question,
  );
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
