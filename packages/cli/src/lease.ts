import { isStorageError, StorageError } from '@org/storage-core';
import { type FleetLease, requireStages, type Stage } from '@org/storage-hybrid';
import type { S3Options } from './endpoints.js';
import { openFleet } from './fleet-place.js';

export interface AuthorityOptions extends S3Options {
  readonly fleet?: string;
  readonly stopped: boolean;
  readonly dryRun: boolean;
}

/** Where the application's processes have to be for a command, and which stage is held meanwhile. */
export interface Needed {
  readonly allowed: readonly Stage[];
  readonly stage: Stage;
}

/**
 * Does something while the fleet's lease is held. `undefined` is handed on if no process of the application runs, as the operator
 * says, and in a dry run.
 * @throws StorageError `InvalidArgument` without either; `Conflict`, operation `requireStages`, if a process is in the way.
 */
export async function whileHeld<T>(
  options: AuthorityOptions,
  needed: Needed,
  work: (lease: FleetLease | undefined) => Promise<T>,
): Promise<T> {
  const { fleet, stopped, dryRun } = options;
  if (fleet === undefined) {
    if (stopped || dryRun) return work(undefined);
    throw new StorageError(
      'InvalidArgument',
      'say where the application’s processes know each other from (--fleet), or that none of them runs (--stopped)',
    );
  }
  if (stopped)
    throw new StorageError('InvalidArgument', '--fleet and --stopped exclude each other');
  await using held = await holdLease(fleet, options, needed);
  return await work(held.lease);
}

/** A lease that is released, and its registry closed, in the end. */
export interface HeldFleet extends AsyncDisposable {
  readonly lease: FleetLease;
}

/** @throws StorageError `Conflict`, operation `requireStages`, if a process is in the way. */
export async function holdLease(
  fleet: string,
  options: S3Options,
  needed: Needed,
): Promise<HeldFleet> {
  const place = await openFleet(fleet, options);
  try {
    const note = 'storage command';
    const lease = await requireStages({ registry: place.registry, note, ...needed });
    return {
      lease,
      async [Symbol.asyncDispose]() {
        await lease.release();
        await place[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await place[Symbol.asyncDispose]();
    if (!isStorageError(error, 'Conflict')) throw error;
    const operation = 'requireStages';
    throw new StorageError('Conflict', error.message, { operation, cause: error });
  }
}
