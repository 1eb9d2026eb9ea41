import type { SideConfiguration } from '@org/storage';
import { isCustom, loadConfiguration, localOptions, StorageFactory, s3Options } from '@org/storage';
import { StorageError, type StorageProvider } from '@org/storage-core';
import type { Mode } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { S3StorageProvider } from '@org/storage-s3';
import type { AppOptions } from './options.js';

export type OpenedStorages = Pick<
  AppOptions,
  'storage' | 'sides' | 'mode' | 'provider' | 'bucket'
> & {
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
      return { storage, ...placeOf(settings), close: () => factory.close() };
    const source = openSide(settings.source);
    const target = openSide(settings.target);
    let mode: Mode = (await factory.flags(wanted)).mode ?? 'source';
    const looking = setInterval(async () => {
      mode = (await factory.flags(wanted).catch(() => undefined))?.mode ?? mode;
    }, LOOK);
    looking.unref();
    return {
      storage,
      sides: { source, target },
      mode: () => mode,
      bucket: placeOf(settings.target).bucket,
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

function openSide(side: SideConfiguration): StorageProvider {
  if (!isCustom(side) && side.provider === 'local')
    return new LocalStorageProvider(localOptions(side));
  if (!isCustom(side) && side.provider === 's3') return new S3StorageProvider(s3Options(side));
  throw new StorageError('Unsupported', 'the sides of the storage are a directory and a bucket');
}

/** What rows name as the place of files that are in this store. */
function placeOf(
  store: { readonly provider: string; readonly bucket?: unknown } | undefined,
): Pick<AppOptions, 'provider' | 'bucket'> {
  if (store?.provider !== 's3') return { provider: 'local' };
  return { provider: 's3', bucket: typeof store.bucket === 'string' ? store.bucket : undefined };
}
