import {
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  type TransitionDefaultMinimumObjectSize,
} from '@aws-sdk/client-s3';
import { within } from '../../bucket.js';
import { isOurs, merged } from './canonical.js';
import {
  keepsVersions,
  lifecycleRules,
  meaningOf,
  withoutKept,
  wordsOf,
} from './lifecycle-rules.js';
import type { Setting } from './setting.js';

interface Lifecycle {
  readonly rules: readonly LifecycleRule[];
  /** Left out of a request, it would go back to S3's default. */
  readonly minimumSize?: TransitionDefaultMinimumObjectSize | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html */
export const LIFECYCLE: Setting<Lifecycle> = {
  name: 'lifecycle',
  permissions: ['s3:GetLifecycleConfiguration', 's3:PutLifecycleConfiguration'],
  nothing: { rules: [] },
  nothingCodes: ['NoSuchLifecycleConfiguration'],
  read: async ({ client, bucket, signal }) => {
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
    const { Rules = [], TransitionDefaultMinimumObjectSize: minimumSize } = await client.send(
      command,
      within(signal),
    );
    return { rules: Rules, minimumSize };
  },
  wanted: ({ lifecycle }, { rules, minimumSize }) =>
    lifecycle && {
      rules: merged(rules, lifecycleRules(lifecycle), ({ ID }) => ID, meaningOf),
      minimumSize,
    },
  facts: ({ rules }) => {
    const ours = rules.filter(({ ID }) => isOurs(ID));
    return Object.fromEntries(ours.map((rule) => [rule.ID ?? '', wordsOf(rule)]));
  },
  write: ({ client, bucket, signal }, { rules, minimumSize }) => {
    // There is no configuration without a rule.
    if (rules.length === 0) {
      return client.send(new DeleteBucketLifecycleCommand({ Bucket: bucket }), within(signal));
    }
    const command = new PutBucketLifecycleConfigurationCommand({
      Bucket: bucket,
      LifecycleConfiguration: { Rules: [...rules] },
      ...(minimumSize === undefined ? {} : { TransitionDefaultMinimumObjectSize: minimumSize }),
    });
    return client.send(command, within(signal));
  },
  dropped: ({ rules }, { rules: now }) => {
    const shown = new Map(now.map((rule) => [rule.ID, meaningOf(rule)]));
    const isCut = (rule: LifecycleRule) =>
      keepsVersions(rule) && shown.get(rule.ID) === meaningOf(withoutKept(rule));
    return rules.some(isCut) ? 'how many versions are kept (noncurrentVersions.keep)' : undefined;
  },
  warnings: ({ lifecycle }) => {
    const days = lifecycle?.tombstones?.days;
    if (days === undefined) return [];
    return [
      `where a mark of a deleted file is gone, its old file comes back: all processes have to be in the mode target within ${days} days, or be there already`,
    ];
  },
};
