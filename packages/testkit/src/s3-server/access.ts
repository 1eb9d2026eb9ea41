import { ACTIONS, CREATES_OBJECT } from './actions.js';
import type { Bucket } from './bucket.js';
import { arnOf, decide, isPublicPolicy, policyOf } from './bucket-policy.js';
import { isPublicAcl, letsRead } from './canned-acl.js';
import { S3Error } from './error.js';
import { ownershipOf } from './ownership.js';
import type { ConditionValues } from './policy-condition.js';
import { publicAccessBlockOf } from './public-access-block.js';
import type { BucketRecord } from './records.js';
import type { S3Request } from './request.js';
import type { OperationName } from './router.js';

/** Who wants to do what, for the rules of access. */
export interface Sender {
  /** Account id; undefined for an anonymous request. */
  readonly account: string | undefined;
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
 * Throws AccessDenied unless the sender may do the operation in the bucket: the owner whatever the policy does not deny, a
 * stranger only reads, and only what the policy or the object's access control list allows.
 */
export function checkAccess(bucket: Bucket, sender: Sender): void {
  const { operation, request } = sender;
  const action = ACTIONS[operation];
  const versionId = request.query.get('versionId');
  const name = versionId === undefined ? action.name : (action.ofVersion ?? action.name);
  const key = action.on === 'object' ? (request.key ?? '') : undefined;
  if (bucket.record.owner === sender.account) {
    if (!NEVER_DENIED.has(operation)) checkNotDenied(bucket, sender, name, key);
    return;
  }
  if (!action.read || !strangerMay(bucket, sender, name, key, versionId)) {
    throw new S3Error('AccessDenied');
  }
}

/** Throws AccessDenied if the policy denies the action on the key, or on the bucket. */
export function checkNotDenied(
  bucket: Bucket,
  sender: Sender,
  action: string,
  key: string | undefined,
): void {
  if (verdict(bucket.record, sender, action, key) !== 'denied') return;
  throw new S3Error('AccessDenied', 'explicit deny in a resource-based policy');
}

/** Throws AccessDenied unless the sender may read the object, as the source of a copy for instance. */
export function checkReadAccess(
  bucket: Bucket,
  sender: Sender,
  key: string,
  versionId: string | undefined,
): void {
  const action = versionId === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  if (bucket.record.owner === sender.account) checkNotDenied(bucket, sender, action, key);
  else if (!strangerMay(bucket, sender, action, key, versionId)) throw new S3Error('AccessDenied');
}

/** Who may not list a bucket is not told either whether a key is in it. */
export function maySeeAbsence(bucket: Bucket, sender: Sender): boolean {
  return (
    bucket.record.owner === sender.account ||
    strangerMay(bucket, sender, 's3:ListBucket', undefined, undefined)
  );
}

function strangerMay(
  bucket: Bucket,
  sender: Sender,
  action: string,
  key: string | undefined,
  versionId: string | undefined,
): boolean {
  const answer = verdict(bucket.record, sender, action, key);
  if (answer === 'denied') return false;
  return answer === 'allowed' || listAllows(bucket, sender, action, key, versionId);
}

function verdict(
  bucket: BucketRecord,
  sender: Sender,
  action: string,
  key: string | undefined,
): 'allowed' | 'denied' | 'open' {
  const policy = policyOf(bucket);
  if (!policy) return 'open';
  const answer = decide(policy, {
    principal: sender.account,
    action,
    resource: arnOf(bucket.name, key),
    values: conditionValues(sender),
  });
  const restricted =
    sender.account !== bucket.owner &&
    publicAccessBlockOf(bucket).RestrictPublicBuckets &&
    isPublicPolicy(policy);
  return answer === 'allowed' && restricted ? 'open' : answer;
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

function conditionValues({ operation, request }: Sender): ConditionValues {
  const { headers, query } = request;
  return (key) => {
    switch (key) {
      case 'aws:securetransport':
        return 'false';
      case 'aws:sourceip':
        return request.message.socket.remoteAddress?.replace(/^::ffff:/, '');
      case 'aws:referer':
        return headers.get('referer');
      case 'aws:useragent':
        return headers.get('user-agent');
      case 's3:objectcreationoperation':
        return String(CREATES_OBJECT.has(operation));
      case 's3:prefix':
      case 's3:delimiter':
      case 's3:max-keys':
        return query.get(key.slice('s3:'.length));
      case 's3:versionid':
        return query.get('versionId');
      default:
        return headers.get(key.slice('s3:'.length));
    }
  };
}
