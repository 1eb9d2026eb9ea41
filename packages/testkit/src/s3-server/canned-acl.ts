import { invalidArgument, notImplemented, S3Error } from './error.js';
import { ownershipOf } from './ownership.js';
import { publicAccessBlockOf } from './public-access-block.js';
import type { BucketRecord } from './records.js';
import type { RequestHeaders } from './request.js';
import type { XmlElement } from './xml.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
const CANNED_ACLS = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
] as const;

export type CannedAcl = (typeof CANNED_ACLS)[number];

const GROUPS = 'http://acs.amazonaws.com/groups/global/';

/** What the groups of all users and of those with credentials may do. */
const GROUP_GRANTS: Readonly<
  Partial<Record<CannedAcl, readonly (readonly [group: string, permission: string])[]>>
> = {
  'public-read': [['AllUsers', 'READ']],
  'public-read-write': [
    ['AllUsers', 'READ'],
    ['AllUsers', 'WRITE'],
  ],
  'authenticated-read': [['AuthenticatedUsers', 'READ']],
};

/** S3 takes a list that opens an object to all users, or to all with an account, for a public one. */
export function isPublicAcl(acl: CannedAcl): boolean {
  return GROUP_GRANTS[acl] !== undefined;
}

/** Whether the list lets a stranger read the object. */
export function letsRead(acl: CannedAcl, anonymous: boolean): boolean {
  const groups = (GROUP_GRANTS[acl] ?? []).map(([group]) => group);
  return groups.includes('AllUsers') || (!anonymous && groups.includes('AuthenticatedUsers'));
}

/** The list that a write asks for. In a bucket whose owner owns all of it, as buckets do at first, there are no lists. */
export function parseCannedAcl(headers: RequestHeaders, bucket: BucketRecord): CannedAcl {
  const value = headers.get('x-amz-acl');
  const [granted] = headers.startingWith('x-amz-grant-');
  if (value === undefined && !granted) return 'private';
  const enforced = ownershipOf(bucket) === 'BucketOwnerEnforced';
  if (granted) {
    throw enforced ? new S3Error('AccessControlListNotSupported') : notImplemented(granted[0]);
  }
  const acl = CANNED_ACLS.find((name) => name === value);
  if (acl === undefined) throw invalidArgument('Invalid canned ACL', 'x-amz-acl', value ?? '');
  if (enforced && acl !== 'private' && acl !== 'bucket-owner-full-control') {
    throw new S3Error('AccessControlListNotSupported');
  }
  if (isPublicAcl(acl) && publicAccessBlockOf(bucket).BlockPublicAcls) {
    throw new S3Error('AccessDenied');
  }
  return acl;
}

/** Owner and grants, as an AccessControlPolicy has them. */
export function aclElements(owner: string, acl: CannedAcl): XmlElement[] {
  const groups = (GROUP_GRANTS[acl] ?? []).map(
    ([group, permission]): XmlElement => grant('Group', [['URI', `${GROUPS}${group}`]], permission),
  );
  return [
    ['Owner', [['ID', owner]]],
    ['AccessControlList', [grant('CanonicalUser', [['ID', owner]], 'FULL_CONTROL'), ...groups]],
  ];
}

function grant(type: string, grantee: readonly XmlElement[], permission: string): XmlElement {
  const attributes = `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}"`;
  return [
    'Grant',
    [
      [`Grantee ${attributes}`, grantee],
      ['Permission', permission],
    ],
  ];
}
