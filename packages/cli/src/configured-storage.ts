import { resolve } from 'node:path';
import type {
  HybridConfiguration,
  LoadedConfiguration,
  LocalConfiguration,
  S3Configuration,
  SideConfiguration,
  StorageConfiguration,
} from '@org/storage';
import { StorageError } from '@org/storage-core';
import { type ConfigurationOptions, withProvidersNamed } from './configuration-option.js';
import type { EndpointOptions } from './endpoints.js';
import { formatS3Url } from './s3-url.js';

/** What a storage's migration goes by. */
type MigrationSettings = NonNullable<HybridConfiguration['migration']>;

/** A hybrid storage of a configuration, as a command takes it. */
export interface ConfiguredStorage {
  readonly name: string;
  readonly file: string;
  readonly environment: string;
  /** Directory and address, the source first. */
  readonly places: readonly [first: string, second: string];
  readonly options: EndpointOptions & { readonly fleet?: string };
  readonly settings: MigrationSettings;
}

/**
 * Reads a configuration, and the hybrid storage in it that is meant: the one that is named, or the only one. Which way its files go, the
 * roles of its two sides say.
 * @throws StorageError `InvalidArgument` for a configuration with mistakes, and for a storage that this command can’t migrate.
 */
export async function configuredStorage(options: ConfigurationOptions): Promise<ConfiguredStorage> {
  // Imported where it is wanted: without it, a command begins sooner.
  const storages = await import('@org/storage');
  const { config: file, environment, provider: providers } = options;
  // Of other storages than directories and buckets it is enough to know that they are there.
  const asked = { file, environment, providers, plugins: false };
  const loaded = await storages.loadConfiguration(asked).catch((error: unknown) => {
    // It looked for a file where none need be.
    const isMissing =
      error instanceof storages.ConfigurationError &&
      error.mistakes.some((mistake) => mistake.file === resolve('config'));
    throw isMissing ? unnamed(error) : withProvidersNamed(error);
  });
  const { name, storage } = chosen(loaded, options.storage);
  const { source, target, migration: settings = {} } = storage;
  const { directory, bucket } = sidesOf(name, { source, target });
  // What a command deletes is deleted: the trash is for what the application deletes.
  const { urls: _, deleted: __, ...local } = storages.localOptions(directory);
  const s3 = storages.s3Options(bucket);
  const url = formatS3Url({ bucket: s3.bucket, prefix: folder(s3.prefix) });
  const { endpoint, region, profile } = s3;
  return {
    ...{ name, settings, file: loaded.file, environment: loaded.environment },
    places: source === directory ? [local.root, url] : [url, local.root],
    options: {
      ...{ s3, local },
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(region === undefined ? {} : { region }),
      ...(profile === undefined ? {} : { profile }),
      ...(settings.journal === undefined ? {} : { journal: settings.journal }),
      ...(settings.disk === undefined ? {} : { disk: settings.disk }),
      ...(storage.fleet === undefined ? {} : { fleet: storage.fleet.registry }),
    },
  };
}

function chosen({ configuration, file }: LoadedConfiguration, asked: string | undefined) {
  const { storages } = configuration;
  const hybrids = Object.entries(storages).flatMap(([name, storage]) =>
    isHybrid(storage) ? [{ name, storage }] : [],
  );
  const names = hybrids.map(({ name }) => name).join(', ');
  const [only, ...others] = hybrids;
  if (only === undefined)
    throw wrong(`${file} has no hybrid storage: what is migrated has a source and a target there`);
  if (asked === undefined) {
    if (others.length === 0) return only;
    throw wrong(`${file} has several hybrid storages: name one with --storage (${names})`);
  }
  const found = hybrids.find(({ name }) => name === asked);
  if (found !== undefined) return found;
  const known = storages[asked];
  const why =
    known === undefined ? 'is not there' : `has the provider ${known.provider}, and not hybrid`;
  throw wrong(`the storage ${asked} of ${file} ${why}; hybrid are: ${names}`);
}

function sidesOf(name: string, { source, target }: Pick<HybridConfiguration, 'source' | 'target'>) {
  for (const [role, side] of Object.entries({ source, target })) {
    if (side.layers?.prefix !== undefined)
      throw wrong(
        `the ${role} of the storage ${name} has a layer with a prefix, which a migration does not go through: make it part of the side’s own root or prefix`,
      );
  }
  if (isLocal(source) && isS3(target)) return { directory: source, bucket: target };
  if (isS3(source) && isLocal(target)) return { directory: target, bucket: source };
  throw wrong(
    `the storage ${name} goes from ${source.provider} to ${target.provider}: this command is for local and s3, one way or the other. A ` +
      'program moves files between any two providers: migrate() of @org/storage-migration',
  );
}

// A third party’s provider may have any name in the types: so they don’t narrow by themselves.
const isHybrid = (storage: StorageConfiguration): storage is HybridConfiguration =>
  storage.provider === 'hybrid';
const isLocal = (side: SideConfiguration): side is LocalConfiguration => side.provider === 'local';
const isS3 = (side: SideConfiguration): side is S3Configuration => side.provider === 's3';

/** A prefix with its final slash. */
function folder(prefix: string | undefined): string {
  return prefix === undefined || prefix === '' ? '' : `${prefix.replace(/\/$/, '')}/`;
}

/** For a command that is told nothing of what it is to work on. */
export function unnamed(cause?: StorageError): StorageError {
  const why = cause === undefined ? '' : `. ${cause.message}`;
  return new StorageError(
    'InvalidArgument',
    `name the migration: <directory> <s3-url>, or a storage of a configuration (--storage, --config)${why}`,
    { cause },
  );
}

function wrong(message: string): StorageError {
  return new StorageError('InvalidArgument', message);
}
