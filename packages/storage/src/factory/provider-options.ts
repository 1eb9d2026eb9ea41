import type { MemoryStorageProvider } from '@org/storage-core';
import type { LocalStorageOptions } from '@org/storage-local';
import type { S3StorageOptions } from '@org/storage-s3';
import type {
  LocalConfiguration,
  MemoryConfiguration,
  S3Configuration,
} from '../config/types/configuration.js';

/** What `S3StorageProvider` takes. The layers, and the desired state of the bucket, are not among it. */
export function s3Options(configuration: S3Configuration): S3StorageOptions {
  const { provider: _, layers: __, provision: ___, encryption, ...given } = configuration;
  const { credentials } = given;
  // The SDK writes into the object that it is given.
  const options = credentials === undefined ? given : { ...given, credentials: { ...credentials } };
  if (encryption === undefined) return options;
  if (encryption.type !== 'sse-c') return { ...options, encryption };
  const key = Buffer.from(encryption.key, 'base64');
  return { ...options, encryption: { type: 'sse-c', key } };
}

/** What `LocalStorageProvider` takes. The layers are not among it. */
export function localOptions(configuration: LocalConfiguration): LocalStorageOptions {
  const { provider: _, layers: __, ...options } = configuration;
  return options;
}

type MemoryOptions = NonNullable<ConstructorParameters<typeof MemoryStorageProvider>[0]>;

export function memoryOptions(configuration: MemoryConfiguration): MemoryOptions {
  const { name, versions, urls } = configuration;
  return {
    ...(name === undefined ? {} : { name }),
    ...(versions === undefined ? {} : { versions }),
    ...(urls === undefined ? {} : { urls }),
  };
}
