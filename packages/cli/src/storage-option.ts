import { StorageError } from '@org/storage-core';
import type { S3Encryption, S3StorageOptions } from '@org/storage-s3';
import { type Command, Option } from 'commander';
import type { Keeping } from './endpoints.js';

/** Those from which an application can read at once. */
const CLASSES = [
  'STANDARD',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'REDUCED_REDUNDANCY',
] as const satisfies readonly S3StorageOptions['storageClass'][];

/** Options that say how the bucket keeps what is copied. */
export interface StorageCommandOptions {
  readonly storageClass?: (typeof CLASSES)[number];
  readonly sse?: 's3' | 'kms';
  readonly kmsKey?: string;
}

export function withStorageOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--storage-class <class>', 'of the copies (default: the bucket’s)').choices(
        CLASSES,
      ),
    )
    .addOption(
      new Option(
        '--sse <kind>',
        'encryption by the server, with its own keys or with KMS (default: the bucket’s)',
      ).choices(['s3', 'kms']),
    )
    .option('--kms-key <key>', 'id, ARN or alias of the KMS key, for --sse kms');
}

/** @throws StorageError `InvalidArgument` for a key that would not be used. */
export function keepingOf(options: StorageCommandOptions): Keeping {
  const { storageClass, sse, kmsKey } = options;
  if (kmsKey !== undefined && sse !== 'kms')
    throw new StorageError('InvalidArgument', '--kms-key goes with --sse kms');
  const encryption: S3Encryption | undefined =
    sse === undefined
      ? undefined
      : sse === 's3'
        ? { type: 'sse-s3' }
        : { type: 'sse-kms', keyId: kmsKey };
  return {
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(encryption === undefined ? {} : { encryption }),
  };
}
