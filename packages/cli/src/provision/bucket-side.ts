import type {
  HybridConfiguration,
  S3Configuration,
  SideConfiguration,
  StorageConfiguration,
} from '@org/storage';
import { StorageError } from '@org/storage-core';
import type { S3StorageOptions } from '@org/storage-s3';
import type { BucketSettings } from '@org/storage-s3/provision';
import { checkedEndpoint, reachedBy } from '../endpoints.js';
import { parseS3Url } from '../s3-url.js';
import type { ProvisionOptions } from './provision-options.js';
import { readSettings } from './settings-file.js';

/** A bucket, how it is reached, and how it shall be. */
export interface BucketSide {
  readonly options: S3StorageOptions;
  readonly settings: BucketSettings;
}

/**
 * What the command line names: a bucket, or a storage of the configuration.
 * @throws StorageError `InvalidArgument`, `NotFound`.
 */
export async function bucketSide(
  url: string | undefined,
  options: ProvisionOptions,
): Promise<BucketSide> {
  const { storage, settings: file, endpoint, region } = options;
  if (endpoint !== undefined) checkedEndpoint(endpoint);
  if (url !== undefined && storage !== undefined)
    throw wrong('name a bucket, or a storage of the configuration (--storage), and not both');
  const found = url === undefined ? await ofConfiguration(options) : ofUrl(url);
  const settings = file === undefined ? found.settings : await readSettings(file);
  return {
    options: { ...found.options, ...reachedBy(options, found.options) },
    // Who says which region it is reached in says where it is created.
    settings: region === undefined ? settings : { region, ...settings },
  };
}

function ofUrl(url: string): BucketSide {
  const { bucket, prefix } = parseS3Url(url);
  if (prefix !== '') throw wrong(`name the bucket alone: s3://${bucket}`);
  return { options: { bucket }, settings: {} };
}

async function ofConfiguration({
  config: file,
  environment,
  storage: asked,
}: ProvisionOptions): Promise<BucketSide> {
  // Imported where it is wanted: without it, a command begins sooner.
  const { loadConfiguration, s3Options } = await import('@org/storage');
  const loaded = await loadConfiguration({ file, environment, plugins: false });
  const { storages } = loaded.configuration;
  const buckets = Object.entries(storages).flatMap(([name, storage]) =>
    sidesOf(storage).map((side) => ({ name, side })),
  );
  const named = asked === undefined ? buckets : buckets.filter(({ name }) => name === asked);
  const [only, ...others] = named;
  if (only === undefined) {
    const names = [...new Set(buckets.map(({ name }) => name))].join(', ') || 'none';
    throw wrong(
      `${loaded.file} has no bucket${asked ? ` in ${asked}` : ''}; storages with one: ${names}`,
    );
  }
  if (others.length > 0) {
    const names = [...new Set(named.map(({ name }) => name))].join(', ');
    throw wrong(
      asked === undefined
        ? `${loaded.file} has several buckets: name a storage with --storage (${names})`
        : `the storage ${asked} has a bucket on either side: name the one that is meant, as s3://BUCKET, with --settings`,
    );
  }
  return { options: s3Options(only.side), settings: only.side.provision ?? {} };
}

function sidesOf(storage: StorageConfiguration): readonly S3Configuration[] {
  if (isS3(storage)) return [storage];
  return isHybrid(storage) ? [storage.source, storage.target].filter(isS3) : [];
}

// A third party’s provider may have any name in the types: so they don’t narrow by themselves.
const isHybrid = (storage: StorageConfiguration): storage is HybridConfiguration =>
  storage.provider === 'hybrid';
const isS3 = (side: StorageConfiguration | SideConfiguration): side is S3Configuration =>
  side.provider === 's3';

function wrong(message: string): StorageError {
  return new StorageError('InvalidArgument', message);
}
