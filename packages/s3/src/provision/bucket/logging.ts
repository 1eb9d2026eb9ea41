import {
  GetBucketLoggingCommand,
  type LoggingEnabled,
  PutBucketLoggingCommand,
} from '@aws-sdk/client-s3';
import { within } from '../../bucket.js';
import type { Setting } from './setting.js';

/** Undefined within: requests are not logged. */
interface Logging {
  readonly to: LoggingEnabled | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html */
export const LOGGING: Setting<Logging> = {
  name: 'logging',
  permissions: ['s3:GetBucketLogging', 's3:PutBucketLogging'],
  nothing: { to: undefined },
  nothingCodes: [],
  read: async ({ client, bucket, signal }) => {
    const command = new GetBucketLoggingCommand({ Bucket: bucket });
    const { LoggingEnabled: to } = await client.send(command, within(signal));
    return { to };
  },
  wanted: ({ logging }, { to }, { bucket }) => {
    if (logging === undefined) return undefined;
    const isSame = to?.TargetBucket === logging.bucket;
    const prefix = logging.prefix ?? (isSame ? to?.TargetPrefix : undefined) ?? `${bucket}/`;
    // How the logs' keys are made, and who else may read them, stays.
    const rest = isSame ? to : undefined;
    return { to: { ...rest, TargetBucket: logging.bucket, TargetPrefix: prefix } };
  },
  facts: ({ to }) =>
    to === undefined ? {} : { logging: `to ${to.TargetBucket}, below ${to.TargetPrefix}` },
  write: ({ client, bucket, signal }, { to }) => {
    const BucketLoggingStatus = { LoggingEnabled: to };
    const command = new PutBucketLoggingCommand({ Bucket: bucket, BucketLoggingStatus });
    return client.send(command, within(signal));
  },
  warnings: (_, { now, wanted }) =>
    now?.to !== undefined && now.to.TargetBucket !== wanted.to?.TargetBucket
      ? [`nothing is logged to ${now.to.TargetBucket} any more`]
      : [],
};
