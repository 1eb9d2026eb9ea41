import { StorageError } from '@org/storage-core';

/**
 * Loads a package that only some configurations need.
 * @param what it is needed for, as the subject of a sentence.
 * @throws StorageError `Unsupported` if it is not installed; what it throws itself, if it is but can’t be loaded.
 */
export async function optionalPackage<T>(
  name: string,
  what: string,
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause, name)) throw cause;
    throw new StorageError(
      'Unsupported',
      `${what} needs the package "${name}", which is not installed: npm install ${name}`,
      { cause },
    );
  }
}

/** Whether it is this very package that is not there, and not one that it imports. */
function isMissing(error: unknown, name: string): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const missing = error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND';
  return missing && error.message.includes(`'${name}'`);
}
