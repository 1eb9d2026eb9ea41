import type { ServerName } from '../../server-profile.js';
import { actionsOf } from './calls.js';
import type { PolicyConditions, PolicyStatement } from './document.js';
import { PlaceNames, type PolicyPlace } from './place.js';
import {
  type ApplicationMode,
  type FileRole,
  type Grant,
  grantsOf,
  type PolicyFeatures,
} from './role.js';

export interface FilePolicyOptions extends PolicyPlace {
  /**
   * Default `aws`. Other servers know none of the conditions on preconditions, so that for them the migrator’s policy is one
   * without.
   */
  readonly server?: Exclude<ServerName, 'r2'> | undefined;
  /**
   * Of an application with a `HybridStorageProvider`: where it is. During a deploy it is in two, of which the later one needs
   * no less: attach that one’s policy first. Default: there is none, the application works on the bucket alone.
   */
  readonly mode?: ApplicationMode | undefined;
  readonly features?: PolicyFeatures | undefined;
}

/** What the role asks of the bucket itself, and of none of its keys of KMS. */
export function fileStatements(role: FileRole, options: FilePolicyOptions): PolicyStatement[] {
  const { server = 'aws', mode, features = {} } = options;
  const names = new PlaceNames(options);
  const conditional = server === 'aws';
  const grants = grantsOf(role, mode, features, conditional);
  return distinct(grants).map((grant) => {
    const condition = conditionsOf(grant, names, features, conditional);
    return {
      Sid: grant.name,
      Effect: 'Allow',
      Action: actionsOf(grant.calls),
      Resource: [resourceOf(grant, names, features)],
      ...(condition === undefined ? {} : { Condition: condition }),
    };
  });
}

/** Those of one name are one. */
function distinct(grants: readonly Grant[]): readonly Grant[] {
  return [...new Map(grants.map((grant) => [grant.name, grant])).values()];
}

function resourceOf({ on }: Grant, names: PlaceNames, { fleet = '' }: PolicyFeatures): string {
  switch (on) {
    case 'bucket':
    case 'listing':
      return names.bucket;
    case 'files':
      return names.files;
    case 'reserved':
      return names.reserved;
    case 'fleet':
      return names.below(fleet);
  }
}

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html,
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html
 */
function conditionsOf(
  { on, only }: Grant,
  names: PlaceNames,
  { fleet }: PolicyFeatures,
  conditional: boolean,
): PolicyConditions | undefined {
  if (on === 'listing') {
    if (names.whole) return undefined;
    return { StringLike: { 's3:prefix': names.listed(fleet === undefined ? [] : [fleet]) } };
  }
  if (only === 'tombstone')
    return { StringEquals: { 's3:RequestObjectTag/storage-tombstone': 'true' } };
  if (!conditional) return undefined;
  switch (only) {
    case undefined:
      return undefined;
    case 'create':
      return { StringEquals: { 's3:if-none-match': '*' } };
    case 'change':
      return { Null: { 's3:if-match': 'false' } };
    case 'part':
      return { Bool: { 's3:ObjectCreationOperation': 'false' } };
  }
}
