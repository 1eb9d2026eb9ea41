import type { User } from './account.js';
import { ACTIONS, actionNameOf } from './actions.js';
import type { Bucket } from './bucket.js';
import { arnOf, decideForPrincipal, isPublicPolicy, policyOf } from './bucket-policy.js';
import { isPublicAcl, letsRead } from './canned-acl.js';
import { type Circumstances, conditionValues } from './condition-values.js';
import { S3Error } from './error.js';
import { ownershipOf } from './ownership.js';
import type { Decision } from './policy-decision.js';
import { publicAccessBlockOf } from './public-access-block.js';
import type { S3Request } from './request.js';
import type { OperationName } from './router.js';
import { alsoAsked, decideForUser } from './user-access.js';

/** Who wants to do what, for the rules of access. */
export interface Sender {
  /** Account id; undefined for an anonymous request. */
  readonly account: string | undefined;
  /** Who of the account; undefined for itself. */
  readonly user?: User | undefined;
  readonly operation: OperationName;
  readonly request: S3Request;
}

/** Even one who locked himself out by a policy can read and replace it. */
const NEVER_DENIED: ReadonlySet<OperationName> = new Set([
  'GetBucketPolicy',
  'PutBucketPolicy',
  'DeleteBucketPolicy',
]);

/**
 * Throws AccessDenied unless the sender may do the operation in the bucket: the owner whatever the policy does not deny, a user
 * of the owner what his policies or the bucket's allow and none denies, a stranger only reads, and only what the policy or the
 * object's access control list allows.
 */
export function checkAccess(bucket: Bucket, sender: Sender): void {
  const { operation, request, user } = sender;
  const action = ACTIONS[operation];
  const versionId = request.query.get('versionId');
  const name = actionNameOf(operation, versionId);
  const key = action.on === 'object' ? (request.key ?? '') : undefined;
  if (user) {
    // Deletes of many keys are asked for one by one.
    if (operation === 'DeleteObjects') return;
    for (const asked of [name, ...alsoAsked(sender, versionId)]) {
      checkPermission(bucket, sender, asked, key);
    }
    return;
  }
  if (bucket.record.owner === sender.account) {
    if (!NEVER_DENIED.has(operation)) checkPermission(bucket, sender, name, key);
    return;
  }
  if (!action.read || !strangerMay(bucket, sender, name, key, versionId)) {
    throw new S3Error('AccessDenied');
  }
}

/** Throws AccessDenied if it is a user who may not do the operation, which is one on no bucket that there is. */
export function checkServicePermission(sender: Sender, resource: string): void {
  const { user, operation } = sender;
  if (!user) return;
  const action = actionNameOf(operation, undefined);
  const values = conditionValues({ ...sender, user, action });
  decideForUser(user, { action, resource, values }, { byBucket: 'open', ofOwnAccount: true });
}

/** What conditions are to see in place of what the request says. */
export type Instead = Pick<Circumstances, 'prefix' | 'match' | 'existingTags'>;

/** Throws AccessDenied unless the owner, or a user of his, may do this on the key, or on the bucket. */
export function checkPermission(
  bucket: Bucket,
  sender: Sender,
  action: string,
  key: string | undefined,
  instead: Instead = {},
): void {
  const byBucket = verdict(bucket, sender, action, key, instead);
  if (byBucket === 'denied') {
    throw new S3Error('AccessDenied', 'explicit deny in a resource-based policy');
  }
  if (!sender.user) return;
  const question = {
    action,
    resource: arnOf(bucket.record.name, key),
    values: conditionValues({
      ...sender,
      user: sender.user,
      action,
      ...tagsThere(bucket, key),
      ...instead,
    }),
  };
  decideForUser(sender.user, question, {
    byBucket,
    ofOwnAccount: bucket.record.owner === sender.account,
  });
}

/** Throws AccessDenied unless the sender may read the object, as the source of a copy for instance. */
export function checkReadAccess(
  bucket: Bucket,
  sender: Sender,
  key: string,
  versionId: string | undefined,
): void {
  const action = versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  if (sender.user || bucket.record.owner === sender.account) {
    checkPermission(bucket, sender, action, key);
  } else if (!strangerMay(bucket, sender, action, key, versionId)) {
    throw new S3Error('AccessDenied');
  }
}

/**
 * Who may not list a bucket is not told either whether a key is in it. A condition on the prefix looks at the key then.
 * https://github.com/ceph/ceph/pull/68577 has it from Amazon's server.
 */
export function maySeeAbsence(bucket: Bucket, sender: Sender): boolean {
  if (!sender.user) {
    return (
      bucket.record.owner === sender.account ||
      strangerMay(bucket, sender, 's3:ListBucket', undefined, undefined)
    );
  }
  try {
    const prefix = sender.request.key;
    checkPermission(bucket, sender, 's3:ListBucket', undefined, { prefix });
    return true;
  } catch (error) {
    if (error instanceof S3Error && error.code === 'AccessDenied') return false;
    throw error;
  }
}

function strangerMay(
  bucket: Bucket,
  sender: Sender,
  action: string,
  key: string | undefined,
  versionId: string | undefined,
): boolean {
  const answer = verdict(bucket, sender, action, key);
  if (answer === 'denied') return false;
  return answer === 'allowed' || listAllows(bucket, sender, action, key, versionId);
}

function verdict(
  bucket: Bucket,
  sender: Sender,
  action: string,
  key: string | undefined,
  instead: Instead = {},
): Decision {
  const { record } = bucket;
  const policy = policyOf(record);
  if (!policy) return 'open';
  const { account, user, operation, request } = sender;
  const answer = decideForPrincipal(
    policy,
    { account, user },
    {
      action,
      resource: arnOf(record.name, key),
      values: conditionValues({
        operation,
        request,
        user,
        action,
        ...tagsThere(bucket, key),
        ...instead,
      }),
    },
  );
  const restricted =
    account !== record.owner &&
    publicAccessBlockOf(record).RestrictPublicBuckets &&
    isPublicPolicy(policy);
  return answer === 'allowed' && restricted ? 'open' : answer;
}

function tagsThere(bucket: Bucket, key: string | undefined): Pick<Instead, 'existingTags'> {
  const found = key === undefined ? undefined : bucket.find(key, undefined);
  return found?.type === 'object' ? { existingTags: found.tags } : {};
}

function listAllows(
  bucket: Bucket,
  sender: Sender,
  action: string,
  key: string | undefined,
  versionId: string | undefined,
): boolean {
  if (key === undefined || !/^s3:GetObject(Version)?$/.test(action)) return false;
  if (ownershipOf(bucket.record) === 'BucketOwnerEnforced') return false;
  const found = bucket.find(key, versionId);
  if (found?.type !== 'object' || !letsRead(found.acl, sender.account === undefined)) return false;
  return !(isPublicAcl(found.acl) && publicAccessBlockOf(bucket.record).IgnorePublicAcls);
}
