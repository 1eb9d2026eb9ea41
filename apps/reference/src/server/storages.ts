import type { HybridConfiguration, SideConfiguration } from '@org/storage';
import { isCustom, loadConfiguration, localOptions, StorageFactory, s3Options } from '@org/storage';
import { StorageError, type StorageProvider } from '@org/storage-core';
import { type Mode, type SpooledStorageProvider, spooled } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import type { AppOptions, SideNames } from './options.js';

export type OpenedStorages = Pick<
  AppOptions,
  'storage' | 'sides' | 'mode' | 'provider' | 'bucket' | 'bucketOrigins'
> & {
  /** Of a hybrid storage that has one: only to be looked into. */
  readonly spool?: SpooledStorageProvider;
  close(): Promise<void>;
};

/** ms between two looks at the mode. */
const LOOK = 1_000;

/**
 * The application's storage, as `config/storage.yml` has it. Of a hybrid one, also the two stores by themselves, which check and direct uploads go to.
 * @param name Default: the configuration's `default`, or its only one.
 */
export async function openStorages(name?: string): Promise<OpenedStorages> {
  const factory = await StorageFactory.open();
  try {
    const { configuration } = await loadConfiguration();
    const wanted = name ?? configuration.default ?? factory.names[0] ?? '';
    const storage = await factory.get(wanted);
    const settings = configuration.storages[wanted];
    if (settings === undefined || isCustom(settings) || settings.provider !== 'hybrid')
      return {
        ...{ storage, ...placeOf(settings), bucketOrigins: await originsOf([storage]) },
        close: () => factory.close(),
      };
    const source = openSide(settings.source);
    const spool = openSpool(settings);
    const target = spool ?? openSide(settings.target);
    let mode: Mode = (await factory.flags(wanted)).mode ?? 'source';
    const looking = setInterval(async () => {
      mode = (await factory.flags(wanted).catch(() => undefined))?.mode ?? mode;
    }, LOOK);
    looking.unref();
    return {
      storage,
      ...(spool === undefined ? {} : { spool }),
      sides: { source, target, names: namesOf(settings) },
      mode: () => mode,
      bucket: placeOf(settings.target).bucket ?? placeOf(settings.source).bucket,
      bucketOrigins: await originsOf([source, target]),
      async close() {
        clearInterval(looking);
        await Promise.all([source.close(), target.close(), factory.close()]);
      },
    };
  } catch (error) {
    await factory.close().catch(() => {}); // what went wrong first counts
    throw error;
  }
}

/** The target with what waits for it. Another provider, that of the storage, drains it. */
function openSpool({ spool, target }: HybridConfiguration): SpooledStorageProvider | undefined {
  if (spool === undefined) return undefined;
  const { store, ...options } = spool;
  if (store.provider !== 'local')
    throw new StorageError('Unsupported', 'the spool of the storage is a directory');
  const opened = new LocalStorageProvider(localOptions(store));
  return spooled(openSide(target), { ...options, store: opened, drain: false });
}

function namesOf({ source, target }: HybridConfiguration): SideNames {
  const nameOf = (side: SideConfiguration) => (side.provider === 's3' ? 's3' : 'local');
  return { source: nameOf(source), target: nameOf(target) };
}

function openSide(side: SideConfiguration): StorageProvider {
  if (!isCustom(side) && side.provider === 'local')
    return new LocalStorageProvider(localOptions(side));
  if (!isCustom(side) && side.provider === 's3') return new S3StorageProvider(s3Options(side));
  throw new StorageError('Unsupported', 'the sides of the storage are a directory and a bucket');
}

/**
 * Where signed URLs of the stores lead. A store that can't sign just now does not keep the application from starting, which may not need
 * it yet.
 */
async function originsOf(stores: readonly StorageProvider[]): Promise<readonly string[]> {
  const found = stores.map(async (store) => {
    try {
      const signed = await store.createDownloadUrl?.('a', { expiresIn: 1 });
      return signed === undefined ? [] : [new URL(signed.url).origin];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      process.emitWarning(`pages can’t reach ${store.name} until the next start: ${reason}`);
      return [];
    }
  });
  return (await Promise.all(found)).flat();
}

/** What rows name as the place of files that are in this store. */
function placeOf(
  store: { readonly provider: string; readonly bucket?: unknown } | undefined,
): Pick<AppOptions, 'provider' | 'bucket'> {
  if (store?.provider !== 's3') return { provider: 'local' };
  return { provider: 's3', bucket: typeof store.bucket === 'string' ? store.bucket : undefined };
}
