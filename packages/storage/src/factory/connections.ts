import { isDeepStrictEqual } from 'node:util';
import type { S3ClientOptions, S3StorageProvider } from '@org/storage-s3';
import type { S3Configuration } from '../config/types/configuration.js';
import { Closing } from './closing.js';
import { optionalPackage } from './optional-package.js';
import { s3Options } from './provider-options.js';

type S3 = typeof import('@org/storage-s3');

/** One set of connections to a server. */
interface Connection {
  readonly settings: S3ClientOptions;
  readonly client: ReturnType<S3['createS3Client']>;
}

/** The connections to S3 servers, which all storages with the same settings of them share. */
export class Connections {
  readonly #connections: Connection[] = [];
  readonly #closing = new Closing();

  /** @throws StorageError `Unsupported` if the package is not installed. */
  async bucket(configuration: S3Configuration): Promise<S3StorageProvider> {
    const s3 = await optionalPackage(
      '@org/storage-s3',
      'a storage with the provider s3',
      () => import('@org/storage-s3'),
    );
    const client = this.#client(s3, configuration);
    return new s3.S3StorageProvider({ ...s3Options(configuration), client });
  }

  #client(s3: S3, configuration: S3Configuration): Connection['client'] {
    const settings = settingsOf(configuration);
    const same = this.#connections.find((each) => isDeepStrictEqual(each.settings, settings));
    if (same !== undefined) return same.client;
    const client = s3.createS3Client(settingsOf(s3Options(configuration)));
    this.#connections.push({ settings, client });
    this.#closing.add(async () => client.destroy());
    return client;
  }

  /** After all that uses them. */
  close(): Promise<void> {
    return this.#closing.close();
  }
}

function settingsOf({
  region,
  endpoint,
  credentials,
  profile,
  forcePathStyle,
  maxSockets,
  maxAttempts,
  requestTimeout,
  connectionTimeout,
}: S3ClientOptions): S3ClientOptions {
  return {
    ...{ region, endpoint, credentials, profile, forcePathStyle },
    ...{ maxSockets, maxAttempts, requestTimeout, connectionTimeout },
  };
}
