import { StorageError } from '@org/storage-core';
import type { Command } from 'commander';
import { fleetOption } from './fleet-option.js';
import type { Needed } from './lease.js';

/** Beside a migration: all processes write to the bucket, and none may go back. */
export const SETTLED: Omit<Needed, 'task'> = { allowed: ['settled'], stage: 'settled' };

/** To migrate. */
export const MIGRATING: Needed = { ...SETTLED, task: 'migrate' };

export interface LiveOptions {
  readonly fleet?: string;
  readonly stopped: boolean;
}

/** @throws StorageError `InvalidArgument` for both at once. */
export function liveFleet({ fleet, stopped }: LiveOptions): string | undefined {
  if (fleet === undefined || !stopped) return fleet;
  throw new StorageError('InvalidArgument', '--fleet and --stopped exclude each other');
}

/** The option that lets an application work on both stores meanwhile. */
export function withLiveOption(command: Command): Command {
  return command
    .addOption(
      fleetOption(
        'beside an application in the mode hybrid: the registry that its processes use, as for storage fleet (default: the configuration’s; without one, nobody writes meanwhile)',
      ),
    )
    .option('--stopped', 'no process of the application runs, whatever the configuration', false);
}
