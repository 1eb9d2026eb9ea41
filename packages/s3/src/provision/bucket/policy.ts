import { createHash } from 'node:crypto';
import {
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { within } from '../../bucket.js';
import { fileStatements } from '../iam/file-statements.js';
import { migratorGuard } from '../iam/guard.js';
import { PlaceNames } from '../iam/place.js';
import { isOurs, merged, OUR_SID } from './canonical.js';
import type { BucketPlace } from './place.js';
import {
  formatPolicy,
  meaningOf,
  NO_POLICY,
  type PolicyDocument,
  parsePolicy,
  type Statement,
  sidOf,
  wordsOf,
} from './policy-document.js';
import type { Setting } from './setting.js';
import type { BucketAccess, BucketSettings } from './settings.js';

const TLS_ONLY = `${OUR_SID}TlsOnly`;
const PUBLIC_READ = `${OUR_SID}PublicRead`;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html */
export const POLICY: Setting<PolicyDocument> = {
  name: 'policy',
  permissions: ['s3:GetBucketPolicy', 's3:PutBucketPolicy'],
  nothing: NO_POLICY,
  nothingCodes: ['NoSuchBucketPolicy'],
  read: async ({ client, bucket, signal }) => {
    const command = new GetBucketPolicyCommand({ Bucket: bucket });
    const { Policy } = await client.send(command, within(signal));
    // What begins with a tag is the answer to another question.
    return Policy === undefined || Policy.startsWith('<') ? undefined : parsePolicy(Policy);
  },
  wanted: (settings, now, place) => ({
    ...now,
    statements: merged(now.statements, statements(settings, now, place), sidOf, meaningOf),
  }),
  facts: ({ statements }) => {
    const ours = statements.filter((statement) => isOurs(sidOf(statement)));
    return Object.fromEntries(
      ours.map((statement) => [sidOf(statement) ?? '', wordsOf(statement)]),
    );
  },
  write: ({ client, bucket, signal }, policy) => {
    const name = { Bucket: bucket };
    if (policy.statements.length === 0) {
      return client.send(new DeleteBucketPolicyCommand(name), within(signal));
    }
    const command = new PutBucketPolicyCommand({ ...name, Policy: formatPolicy(policy) });
    return client.send(command, within(signal));
  },
  warnings: ({ publicPrefix, tlsOnly = true, access = [] }, { now }, place) => [
    ...(tlsOnly && !place.secure && !hasTlsOnly(now)
      ? [
          `requests in clear are not denied: they are sent to ${place.endpoint} in clear from here, too`,
        ]
      : []),
    ...(tlsOnly || !hasTlsOnly(now) ? [] : ['requests in clear are let in again']),
    ...(publicPrefix === undefined || hasSid(now, PUBLIC_READ)
      ? []
      : [`everybody can read all files below ${publicPrefix}, without credentials`]),
    ...(place.server === 'aws' || !access.some(({ guard }) => guard)
      ? []
      : ['the migrator is not guarded: only Amazon S3 knows the conditions for it']),
  ],
};

function statements(
  { tlsOnly = true, publicPrefix, access }: BucketSettings,
  now: PolicyDocument,
  { bucket, region, secure, server }: BucketPlace,
): readonly Statement[] {
  const names = new PlaceNames({ bucket, region });
  return [
    // Whoever comes in clear himself would be locked out by it.
    ...(tlsOnly && (secure || hasTlsOnly(now)) ? [tlsStatement(names)] : []),
    ...(publicPrefix === undefined ? [] : [publicStatement(names, publicPrefix)]),
    ...(access?.flatMap((each) => accessStatements(each, { bucket, region, server })) ??
      accessOf(now)),
  ];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html */
function tlsStatement(names: PlaceNames): Statement {
  return {
    Sid: TLS_ONLY,
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [names.bucket, names.files],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

function publicStatement(names: PlaceNames, prefix: string): Statement {
  return {
    Sid: PUBLIC_READ,
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: names.below(prefix),
  };
}

/** Named after whom it is about, so that the order of the settings is of no matter. */
function accessStatements(
  { principal, as, prefix, mode, features, guard = false }: BucketAccess,
  { bucket, region, server }: Pick<BucketPlace, 'bucket' | 'region' | 'server'>,
): readonly Statement[] {
  const known = server === 'r2' ? 'generic' : server; // it has no policies: to be told so, not to fail here
  const allowed = fileStatements(as, { bucket, prefix, region, server: known, mode, features });
  const id = createHash('sha256')
    .update(`${as} ${principal} ${prefix ?? ''}`)
    .digest('hex');
  const name = `${OUR_SID}${as.charAt(0).toUpperCase()}${as.slice(1)}${id.slice(0, 8)}`;
  const guarding =
    guard && server === 'aws'
      ? migratorGuard(principal, { bucket, prefix, region, fleet: features?.fleet })
      : [];
  return [...allowed, ...guarding].map(({ Sid, ...statement }) => ({
    Sid: `${name}${Sid}`,
    ...statement,
    Principal: { AWS: principal },
  }));
}

/** What was allowed to somebody stays where the settings say nothing of it. */
function accessOf({ statements }: PolicyDocument): readonly Statement[] {
  const others = [TLS_ONLY, PUBLIC_READ];
  return statements.filter((statement) => {
    const sid = sidOf(statement);
    return isOurs(sid) && !others.includes(sid ?? '');
  });
}

function hasTlsOnly(policy: PolicyDocument | undefined): boolean {
  return hasSid(policy, TLS_ONLY);
}

function hasSid(policy: PolicyDocument | undefined, sid: string): boolean {
  return policy?.statements.some((statement) => sidOf(statement) === sid) === true;
}
