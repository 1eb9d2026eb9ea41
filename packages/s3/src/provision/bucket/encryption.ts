import {
  type BlockedEncryptionTypes,
  GetBucketEncryptionCommand,
  PutBucketEncryptionCommand,
} from '@aws-sdk/client-s3';
import { within } from '../../bucket.js';
import type { Facts, Setting } from './setting.js';
import type { BucketEncryption } from './settings.js';

interface DefaultEncryption {
  /** Undefined: none is configured. */
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | undefined;
  readonly keyId?: string | undefined;
  readonly bucketKey?: boolean | undefined;
  /** Kinds that the bucket refuses: they stay. */
  readonly blocked?: BlockedEncryptionTypes | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html */
export const ENCRYPTION: Setting<DefaultEncryption> = {
  name: 'encryption',
  permissions: ['s3:GetEncryptionConfiguration', 's3:PutEncryptionConfiguration'],
  nothing: { algorithm: undefined },
  nothingCodes: ['ServerSideEncryptionConfigurationNotFoundError'],
  read: async ({ client, bucket, signal }) => {
    const command = new GetBucketEncryptionCommand({ Bucket: bucket });
    const { ServerSideEncryptionConfiguration: found } = await client.send(command, within(signal));
    const [rule] = found?.Rules ?? [];
    if (rule === undefined) return undefined;
    const { SSEAlgorithm, KMSMasterKeyID } = rule.ApplyServerSideEncryptionByDefault ?? {};
    const algorithm = ALGORITHMS.find((known) => known === SSEAlgorithm) ?? 'AES256';
    const blocked = rule.BlockedEncryptionTypes;
    return { algorithm, keyId: KMSMasterKeyID, bucketKey: rule.BucketKeyEnabled, blocked };
  },
  wanted: ({ encryption }, now) => encryption && { blocked: now.blocked, ...wish(encryption, now) },
  facts,
  write: ({ client, bucket, signal }, { algorithm, keyId, bucketKey, blocked }) => {
    const rule = {
      ApplyServerSideEncryptionByDefault: {
        SSEAlgorithm: algorithm,
        ...(keyId === undefined ? {} : { KMSMasterKeyID: keyId }),
      },
      ...(bucketKey === undefined ? {} : { BucketKeyEnabled: bucketKey }),
      ...(blocked === undefined ? {} : { BlockedEncryptionTypes: blocked }),
    };
    const ServerSideEncryptionConfiguration = { Rules: [rule] };
    return client.send(
      new PutBucketEncryptionCommand({ Bucket: bucket, ServerSideEncryptionConfiguration }),
      within(signal),
    );
  },
  warnings: (_, { now, wanted }) =>
    wanted.algorithm === 'AES256' && now !== undefined && isKms(now)
      ? ['files are no longer encrypted with your key of KMS']
      : [],
};

const ALGORITHMS = ['AES256', 'aws:kms', 'aws:kms:dsse'] as const;

function wish(encryption: BucketEncryption, now: DefaultEncryption): DefaultEncryption {
  if (encryption.type === 'sse-s3') return { algorithm: 'AES256' };
  const { keyId: asked, bucketKey = isKms(now) ? now.bucketKey : undefined } = encryption;
  const keeps = isKms(now) && (asked === undefined || isSameKey(asked, now.keyId));
  return {
    // What is encrypted twice with the key stays so.
    algorithm: keeps ? now.algorithm : 'aws:kms',
    keyId: keeps ? now.keyId : asked,
    bucketKey,
  };
}

function isKms({ algorithm }: DefaultEncryption): boolean {
  return algorithm === 'aws:kms' || algorithm === 'aws:kms:dsse';
}

/** An id or alias and its ARN are the same. */
function isSameKey(asked: string, known: string | undefined): boolean {
  if (known === undefined || asked === known) return asked === known;
  if (asked.startsWith('arn:') && known.startsWith('arn:')) return false;
  return shortName(asked) === shortName(known);
}

function shortName(key: string): string {
  return key.replace(/^arn:[^:]*:kms:[^:]*:[^:]*:(key\/)?/, '');
}

function facts({ algorithm, keyId, bucketKey }: DefaultEncryption): Facts {
  if (algorithm === undefined) return {};
  if (algorithm === 'AES256') return { encryption: 'sse-s3' };
  const key = keyId === undefined || keyId.endsWith(':alias/aws/s3') ? 'the account’s key' : keyId;
  return {
    encryption: algorithm === 'aws:kms' ? 'sse-kms' : 'sse-kms, twice',
    key,
    'bucket key': bucketKey ? 'yes' : 'no',
  };
}
