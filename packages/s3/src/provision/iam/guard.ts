import { StorageError } from '@org/storage-core';
import type { PolicyStatement } from './document.js';
import { PlaceNames, type PolicyPlace } from './place.js';
import type { PolicyFeatures } from './role.js';

const PRINCIPAL = /^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/;

/**
 * Statements for the policy of the bucket by which the bucket itself holds a migrator to the protocol, whatever his own policies
 * allow: he creates what is not there, deletes only what he has seen, and leaves versions, tags and access lists alone. Below
 * `.storage/`, where the provider tries out the server, and in the fleet’s registry he is left to his own policies. Amazon S3
 * alone; other servers know none of the conditions, and would deny him everything.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 * @param migrator ARN of his role or user.
 * @throws StorageError `InvalidArgument`.
 */
export function migratorGuard(
  migrator: string,
  place: PolicyPlace & Pick<PolicyFeatures, 'fleet'>,
): PolicyStatement[] {
  if (!PRINCIPAL.test(migrator)) {
    throw new StorageError(
      'InvalidArgument',
      `${JSON.stringify(migrator)} is no ARN of a role or a user, such as arn:aws:iam::123456789012:role/migrator`,
    );
  }
  const { fleet } = place;
  const names = new PlaceNames(place);
  const registry = fleet === undefined ? [] : [names.below(fleet)];
  const deny = {
    Effect: 'Deny',
    Principal: { AWS: migrator },
    NotResource: [names.reserved, ...registry],
  } as const;
  return [
    {
      Sid: 'MigratorCreatesOnly',
      ...deny,
      Action: ['s3:PutObject'],
      // What only becomes visible by another request comes without a condition.
      Condition: {
        Null: { 's3:if-none-match': 'true' },
        Bool: { 's3:ObjectCreationOperation': 'true' },
      },
    },
    {
      Sid: 'MigratorDeletesWhatItSaw',
      ...deny,
      Action: ['s3:DeleteObject'],
      Condition: { Null: { 's3:if-match': 'true' } },
    },
    {
      Sid: 'MigratorLeavesTheRest',
      ...deny,
      Action: [
        ...['s3:DeleteObjectVersion', 's3:PutObjectAcl', 's3:PutObjectVersionAcl'],
        ...['s3:DeleteObjectTagging', 's3:PutObjectTagging', 's3:PutObjectVersionTagging'],
      ],
    },
  ];
}
