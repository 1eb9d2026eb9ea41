import { StorageError, type StorageProvider } from '@org/storage-core';

/**
 * Refuses a migration that could not be kept safe, before anything is written.
 * @throws StorageError `Unsupported`, operation `migrate`, if the target ignores preconditions; or why the
 * target can't be used at all.
 */
export async function preflight(options: {
  readonly target: StorageProvider;
  readonly signal?: AbortSignal | undefined;
}): Promise<void> {
  const { target, signal } = options;
  const health = await target.checkHealth({ signal });
  if (health.error !== undefined) throw health.error;
  const { conditionalCreate } = (await target.probe?.({ signal })) ?? target.capabilities;
  if (conditionalCreate !== 'native') {
    throw new StorageError(
      'Unsupported',
      `${target.name} overwrites files although it is told to create only (If-None-Match: *). ` +
        'Copying into it while an application writes could lose writes: use a server that honours ' +
        'preconditions, or a maintenance window and another tool',
      { operation: 'migrate', provider: target.name },
    );
  }
}
