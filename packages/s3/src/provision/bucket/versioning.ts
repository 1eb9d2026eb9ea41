import { GetBucketVersioningCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { within } from '../../bucket.js';
import type { Setting } from './setting.js';

type Versioning = 'never on' | 'enabled' | 'suspended';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html */
export const VERSIONING: Setting<Versioning> = {
  name: 'versioning',
  permissions: ['s3:GetBucketVersioning', 's3:PutBucketVersioning'],
  nothing: 'never on',
  nothingCodes: [],
  read: async ({ client, bucket, signal }) => {
    const command = new GetBucketVersioningCommand({ Bucket: bucket });
    const { Status } = await client.send(command, within(signal));
    if (Status === undefined) return 'never on';
    return Status === 'Enabled' ? 'enabled' : 'suspended';
  },
  wanted: ({ versioning }, now) => {
    // From `suspended` there is no way back to `never on`, which keeps no versions either.
    return versioning === 'suspended' && now === 'never on' ? now : versioning;
  },
  facts: (state) => (state === 'never on' ? {} : { versioning: state }),
  write: ({ client, bucket, signal }, state) => {
    const Status = state === 'enabled' ? 'Enabled' : 'Suspended';
    const VersioningConfiguration = { Status } as const;
    const command = new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration });
    return client.send(command, within(signal));
  },
  warnings: (_, { now, wanted }) =>
    now === 'enabled' && wanted === 'suspended'
      ? ['what is replaced or deleted from now on is gone: no versions are kept any more']
      : [],
};
