import { CORS } from '../bucket/cors.js';
import { ENCRYPTION } from '../bucket/encryption.js';
import { LIFECYCLE } from '../bucket/lifecycle.js';
import { LOGGING } from '../bucket/logging.js';
import { OWNERSHIP } from '../bucket/ownership.js';
import { POLICY } from '../bucket/policy.js';
import { PUBLIC_ACCESS } from '../bucket/public-access.js';
import type { SettingName } from '../bucket/setting.js';
import type { BucketSettings } from '../bucket/settings.js';
import { TAGS } from '../bucket/tags.js';
import { VERSIONING } from '../bucket/versioning.js';
import { actionsOf } from './calls.js';
import type { PolicyStatement } from './document.js';
import type { PlaceNames } from './place.js';

/** Each tells what it takes to read and to write it. */
const SETTINGS = [
  OWNERSHIP,
  VERSIONING,
  ENCRYPTION,
  POLICY,
  PUBLIC_ACCESS,
  LIFECYCLE,
  CORS,
  TAGS,
  LOGGING,
];

/** Of those that are left alone where the settings say nothing of them. */
const OPTIONAL: Readonly<Partial<Record<SettingName, keyof BucketSettings>>> = {
  versioning: 'versioning',
  encryption: 'encryption',
  lifecycle: 'lifecycle',
  cors: 'cors',
  tags: 'tags',
  logging: 'logging',
};

/** What looks at a bucket, creates it and sets it up as it shall be; without settings, in whatever way. */
export function provisioningStatements(
  names: PlaceNames,
  settings: BucketSettings | undefined,
): PolicyStatement[] {
  const asked = SETTINGS.filter(({ name }) => {
    const option = OPTIONAL[name];
    return settings === undefined || option === undefined || settings[option] !== undefined;
  });
  const actions = [
    ...actionsOf(['HeadBucket']),
    's3:CreateBucket',
    // A policy of which nothing is left is deleted.
    's3:DeleteBucketPolicy',
    ...asked.flatMap(({ permissions }): readonly string[] => permissions),
  ];
  return [
    {
      Sid: 'Provision',
      Effect: 'Allow',
      Action: [...new Set(actions)].sort(),
      Resource: [names.bucket],
    },
  ];
}
