import type { Sender } from './access.js';
import { ACCOUNT_NUMBER, type User } from './account.js';
import type { Encryption } from './encryption.js';
import { S3Error } from './error.js';
import type { Decision, PolicyQuestion } from './policy-decision.js';
import type { OperationName } from './router.js';

/**
 * Throws AccessDenied unless a policy of the user allows it, or the bucket's, and none denies it; for the bucket of another
 * account, both have to allow it. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function decideForUser(
  user: User,
  question: PolicyQuestion,
  bucket: { readonly byBucket: Decision; readonly ofOwnAccount: boolean },
): void {
  const own = user.policies.decide(question);
  if (own === 'denied')
    throw denied(user, question, 'with an explicit deny in an identity-based policy');
  const allowed = bucket.ofOwnAccount
    ? own === 'allowed' || bucket.byBucket === 'allowed'
    : own === 'allowed' && bucket.byBucket === 'allowed';
  if (allowed) return;
  const reason =
    own === 'allowed'
      ? `because no resource-based policy allows the ${question.action} action`
      : `because no identity-based policy allows the ${question.action} action`;
  throw denied(user, question, reason);
}

function denied({ arn }: User, { action, resource }: PolicyQuestion, reason: string): S3Error {
  return new S3Error(
    'AccessDenied',
    `User: ${arn} is not authorized to perform: ${action} on resource: "${resource}" ${reason}`,
  );
}

const WRITES: ReadonlySet<OperationName> = new Set([
  'PutObject',
  'PostObject',
  'CopyObject',
  'CreateMultipartUpload',
]);

/**
 * What a request asks for beside its own action. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 */
export function alsoAsked(
  { operation, request: { headers } }: Sender,
  versionId: string | undefined,
): readonly string[] {
  const asked: string[] = [];
  if (WRITES.has(operation)) {
    if (headers.has('x-amz-tagging')) asked.push('s3:PutObjectTagging');
    if (headers.has('x-amz-acl') || headers.startingWith('x-amz-grant-').length > 0) {
      asked.push('s3:PutObjectAcl');
    }
  }
  const match = headers.get('if-match');
  if (match !== undefined && operation !== 'GetObject' && operation !== 'HeadObject') {
    // Whoever names an ETag learns whether it is right.
    if (match.trim() !== '*') asked.push('s3:GetObject');
  }
  if (operation === 'GetObjectAttributes') {
    asked.push(versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion');
  }
  return asked;
}

/** Throws AccessDenied unless the user may use the key, if it is one of KMS that Amazon does not keep for the account. */
export function checkKeyAccess(
  { sender, region }: { readonly sender: Sender; readonly region: string },
  encryption: Encryption,
  action: 'kms:GenerateDataKey' | 'kms:Decrypt',
): void {
  const { user } = sender;
  if (!user || !('keyId' in encryption) || encryption.keyId.endsWith(':alias/aws/s3')) return;
  const { keyId } = encryption;
  const resource = keyId.startsWith('arn:')
    ? keyId
    : `arn:aws:kms:${region}:${ACCOUNT_NUMBER}:key/${keyId}`;
  const values = (key: string) =>
    key === 'kms:viaservice' ? `s3.${region}.amazonaws.com` : undefined;
  const question = { action, resource, values };
  decideForUser(user, question, { byBucket: 'open', ofOwnAccount: true });
}
