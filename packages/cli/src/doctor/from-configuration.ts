import type {
  Configuration,
  HybridConfiguration,
  LoadedConfiguration,
  LocalConfiguration,
  Mistake,
  S3Configuration,
  SideConfiguration,
  StorageConfiguration,
} from '@org/storage';
import { StorageError } from '@org/storage-core';
import type { Mode } from '@org/storage-hybrid';
import type { S3StorageOptions } from '@org/storage-s3';
import type { ConfigurationOptions } from '../configuration-option.js';
import { connectionOf, type EndpointOptions, type S3Options } from '../endpoints.js';
import { formatS3Url } from '../s3-url.js';
import { type Finding, failure, note, ok } from './check.js';
import { examined, journalOf, type Places } from './from-arguments.js';
import type { OtherPatient, Patient } from './patient.js';
import { secretFindings } from './secrets.js';

/** What a configuration says is to be looked at. */
export interface Configured extends Places, Pick<Patient, 'others'> {
  readonly configuration: readonly Finding[];
  readonly mode?: Mode;
  readonly fleet?: string;
  readonly s3: S3Options;
}

/**
 * The storage that is named, the default one, or the only one. Each mistake of the configuration is a finding.
 * @throws StorageError `InvalidArgument` if there is no such storage, or none is named of several.
 */
export async function fromConfiguration(
  options: ConfigurationOptions & EndpointOptions,
): Promise<Configured> {
  // Imported where it is wanted: without it, a command begins sooner.
  const { ConfigurationError, loadConfiguration } = await import('@org/storage');
  const { config: file, environment, storage, provider: providers } = options;
  let loaded: LoadedConfiguration;
  try {
    loaded = await loadConfiguration({ file, environment, providers });
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { configuration: error.mistakes.map(ofMistake), s3: connectionOf(options) };
  }
  const [name, found] = chosen(loaded, storage);
  const told = `${loaded.file}, environment ${loaded.environment}: ${name} (${found.provider})`;
  return {
    configuration: [ok(told), ...unknownTo(found, loaded), ...(await secretFindings(loaded))],
    others: await othersOf(name, found, loaded),
    ...(await placesOf(found, options)),
  };
}

/** What the application registers in its code can’t be opened here. */
function unknownTo(storage: StorageConfiguration, { plugins }: LoadedConfiguration): Finding[] {
  return sidesOf(storage)
    .filter(({ side: { provider } }) => !isKnown(provider) && !Object.hasOwn(plugins, provider))
    .map(({ side: { provider } }) =>
      note(`the provider ${provider} is the application’s own, and is not looked at`),
    );
}

async function othersOf(
  name: string,
  storage: StorageConfiguration,
  { plugins }: LoadedConfiguration,
): Promise<readonly OtherPatient[]> {
  const { customProvider, isCustom } = await import('@org/storage');
  return sidesOf(storage).flatMap(({ side, role }) => {
    if (!isCustom(side)) return [];
    const create = Object.hasOwn(plugins, side.provider) ? plugins[side.provider] : undefined;
    if (create === undefined) return [];
    const full = role === undefined ? name : `${name}.${role}`;
    const open = () => customProvider(create, side, full);
    return [{ provider: side.provider, isTarget: role === 'target', open }];
  });
}

interface Side {
  readonly side: SideConfiguration | StorageConfiguration;
  /** Of a hybrid storage. */
  readonly role?: 'source' | 'target';
}

function sidesOf(storage: StorageConfiguration): readonly Side[] {
  if (!isHybrid(storage)) return [{ side: storage }];
  return [
    { side: storage.source, role: 'source' },
    { side: storage.target, role: 'target' },
  ];
}

const isKnown = (provider: string) => ['local', 's3', 'memory'].includes(provider);

async function placesOf(
  storage: StorageConfiguration,
  options: EndpointOptions,
): Promise<Omit<Configured, 'configuration'>> {
  const { localOptions, s3Options } = await import('@org/storage');
  const sides = sidesOf(storage).map(({ side }) => side);
  const directory = sides.find(isLocal);
  const bucket = sides.find(isS3);
  const connection = connectionOf(options);
  const s3 = bucket === undefined ? undefined : { ...s3Options(bucket), ...connection };
  const local = directory === undefined ? undefined : localOptions(directory);
  return {
    s3: { ...connection, ...(s3 === undefined ? {} : { s3 }) },
    ...(local === undefined
      ? {}
      : { directory: { path: local.root, made: local.createRoot, trash: local.trash } }),
    ...(s3 === undefined ? {} : { bucket: examined(s3, bucket?.provision) }),
    ...(isHybrid(storage) ? hybridOf(storage, { local: local?.root, s3 }, options) : {}),
  };
}

function hybridOf(
  { mode, fleet, migration = {}, source }: HybridConfiguration,
  { local, s3 }: { readonly local: string | undefined; readonly s3: S3StorageOptions | undefined },
  options: EndpointOptions,
): Pick<Configured, 'mode' | 'back' | 'fleet' | 'journal'> {
  const url = s3 && formatS3Url({ bucket: s3.bucket, prefix: folder(s3.prefix) });
  const words = [local, url].flatMap((word) => word ?? []);
  if (isS3(source)) words.reverse();
  const { journal: place = migration.journal, disk = migration.disk } = options;
  const journal = journalOf(words, {
    ...(s3?.endpoint === undefined ? {} : { endpoint: s3.endpoint }),
    ...(place === undefined ? {} : { journal: place }),
    ...(disk === undefined ? {} : { disk }),
  });
  return {
    mode,
    back: isS3(source),
    ...(fleet === undefined ? {} : { fleet: fleet.registry }),
    ...(journal === undefined ? {} : { journal }),
  };
}

function chosen(
  { configuration, file }: Pick<LoadedConfiguration, 'configuration' | 'file'>,
  asked: string | undefined,
): readonly [name: string, storage: StorageConfiguration] {
  const { storages, default: standard }: Configuration = configuration;
  const names = Object.keys(storages);
  const name = asked ?? standard ?? (names.length === 1 ? names[0] : undefined);
  const found = name === undefined ? undefined : storages[name];
  if (name !== undefined && found !== undefined) return [name, found];
  const known = `there are: ${names.join(', ')}`;
  throw new StorageError(
    'InvalidArgument',
    name === undefined
      ? `${file} has several storages: name one with --storage (${known})`
      : `${file} has no storage ${name} (${known})`,
  );
}

function ofMistake({ file, line, column, path, message, allowed = [], nearest }: Mistake): Finding {
  const place = [file, line, column].filter((part) => part !== undefined).join(':');
  const mend = [
    nearest === undefined ? '' : `did you mean ${nearest}?`,
    allowed.length === 0 ? '' : `there are: ${allowed.join(', ')}`,
  ].filter((part) => part !== '');
  const text = [place, path, message].filter((part) => part !== '').join(' ');
  return failure(text, mend.length === 0 ? undefined : mend.join(' '));
}

// A third party’s provider may have any name in the types: so they don’t narrow by themselves.
const isHybrid = (storage: StorageConfiguration): storage is HybridConfiguration =>
  storage.provider === 'hybrid';
const isLocal = (side: { readonly provider: string }): side is LocalConfiguration =>
  side.provider === 'local';
const isS3 = (side: { readonly provider: string }): side is S3Configuration =>
  side.provider === 's3';

/** A prefix with its final slash. */
function folder(prefix = ''): string {
  return prefix.replace(/([^/])$/, '$1/');
}
