import { readFile } from 'node:fs/promises';
import { StorageError } from '@org/storage-core';
import type { BucketSettings } from '@org/storage-s3/provision';

/**
 * The settings in a file of JSON: what stands below `provision` in a configuration.
 * @throws StorageError `NotFound`, `InvalidArgument` with every mistake.
 */
export async function readSettings(file: string): Promise<BucketSettings> {
  return parseSettings(await read(file), file);
}

async function read(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError('NotFound', `the settings can’t be read: ${why}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError('InvalidArgument', `${file} is no JSON: ${why}`, { cause });
  }
}

/** By the rules of a configuration, which has the same. */
async function parseSettings(provision: unknown, file: string): Promise<BucketSettings> {
  const { ConfigurationError, parseConfiguration } = await import('@org/storage');
  try {
    const bucket = { provider: 's3', bucket: 'bucket', provision };
    const { storages } = parseConfiguration({ storages: { bucket } });
    const [parsed] = Object.values(storages);
    return (parsed?.provider === 's3' && 'provision' in parsed && parsed.provision) || {};
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const mistakes = error.mistakes.map((mistake) => ({
      ...mistake,
      file,
      path: mistake.path.replace(/^storages\.bucket\.provision\.?/, ''),
    }));
    throw new ConfigurationError(mistakes);
  }
}
