import { existsSync } from 'node:fs';
import { join } from 'node:path';

const DATA = /\.(ya?ml|json)$/;

/**
 * Names of the hybrid storages of the configuration at hand; none if it can’t be read. A module is not run for them: a shell asks while
 * somebody types.
 */
export async function storageNames(): Promise<readonly string[]> {
  const file = process.env['STORAGE_CONFIG'] || defaultFile();
  if (file === undefined || !DATA.test(file)) return [];
  try {
    const { loadConfiguration } = await import('@org/storage');
    const { configuration } = await loadConfiguration({ file, plugins: false });
    return Object.entries(configuration.storages).flatMap(([name, { provider }]) =>
      provider === 'hybrid' ? [name] : [],
    );
  } catch {
    return [];
  }
}

function defaultFile(): string | undefined {
  return ['yml', 'yaml', 'json']
    .map((end) => join('config', `storage.${end}`))
    .find((file) => existsSync(file));
}
