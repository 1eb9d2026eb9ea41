import { isStorageError, StorageError } from '@org/storage-core';
import { type FleetLease, requireStages, type Stage } from '@org/storage-hybrid';
import type { S3Options } from './endpoints.js';
import { openFleet } from './fleet-place.js';

export interface AuthorityOptions extends LeaseOptions {
  readonly fleet?: string;
  readonly stopped: boolean;
  readonly dryRun: boolean;
}

export interface LeaseOptions extends S3Options {
  /** That the work is on: the work on others may go on at the same time. Default: all. */
  readonly disk?: string | undefined;
  /** Of those that migrate together: the journal's. Default: it is done alone. */
  readonly group?: string | undefined;
}

/** Commands whose late requests don't harm the same command: each is conditional, and what it does can be done twice. */
type Task = 'migrate' | 'retire' | 'restore' | 'revert' | 'sweep';

/** Where the application's processes have to be for a command, and which stage is held meanwhile. */
export interface Needed {
  readonly allowed: readonly Stage[];
  readonly stage: Stage;
  /** The command: what one that was killed had sent is not in the way of the same command, run again. */
  readonly task: Task;
  /** ms: see `requireStages`. */
  readonly outlast?: number;
  readonly signal?: AbortSignal;
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
  options: LeaseOptions,
  needed: Needed,
): Promise<HeldFleet> {
  const place = await openFleet(fleet, options);
  try {
    const note = 'storage command';
    const { disk: scope, group } = options;
    const lease = await requireStages({
      ...{ registry: place.registry, note, scope, group },
      ...needed,
    });
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
    const message = `${error.message} (storage fleet tells more; one that was killed: storage fleet --forget <id>)`;
    throw new StorageError('Conflict', message, { operation, cause: error });
  }
}
