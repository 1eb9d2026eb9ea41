import {
  type Capabilities,
  type Capability,
  isAtomic,
  type OperationOptions,
  StorageError,
  type StorageProvider,
} from '@org/storage-core';

const NEEDED: readonly Capability[] = ['conditionalCreate', 'conditionalUpdate', 'metadata'];

const ALTERNATIVES =
  'Use a server that evaluates If-None-Match and If-Match on writes (such as AWS S3, R2, MinIO, Ceph), ' +
  'or a directory on a file system of this machine, with Linux, that nothing else writes to, ' +
  'or copy the files in a maintenance window, with the application stopped.';

/**
 * Whether a store can be the target of a live migration: it must refuse a write whose condition does not hold, atomically, by
 * itself or among all that use its provider. Where the declared capabilities leave a doubt, the store is tried.
 * @throws StorageError `Unsupported`, with what is missing; whatever the trial failed with.
 */
export async function checkTarget(
  target: StorageProvider,
  options: OperationOptions = {},
): Promise<void> {
  const capabilities = await triedOut(target, options);
  const missing = NEEDED.filter((name) => !isAtomic(capabilities[name]));
  if (missing.length === 0) return;
  throw new StorageError(
    'Unsupported',
    `the store "${target.name}" can’t be the target of a live migration: it lacks ${missing.join(', ')}. ${ALTERNATIVES}`,
  );
}

async function triedOut(target: StorageProvider, options: OperationOptions): Promise<Capabilities> {
  const declared = target.capabilities;
  if (target.probe === undefined || NEEDED.every((name) => isAtomic(declared[name])))
    return declared;
  return target.probe(options);
}
