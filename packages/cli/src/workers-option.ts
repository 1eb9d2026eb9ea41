import { availableParallelism } from 'node:os';
import type { WorkersOptions } from '@org/storage-migration';
import { type Command, InvalidArgumentError } from 'commander';
import type { ConfiguredStorage } from './configured-storage.js';
import { connectionOf, type EndpointOptions, type Migration } from './endpoints.js';
import type { StoresData } from './worker-stores.js';

/** The option that says how many processes copy. */
export interface WorkersCommandOptions {
  readonly workers: number;
}

const MOST = 64;

export function withWorkersOption(command: Command): Command {
  return command.option(
    '--workers <processes>',
    'processes that copy, or auto for one a processor; pays where the processor is the limit: many small files, TLS',
    parseWorkers,
    1,
  );
}

/** What a configuration says of it. */
export function workersSettings({ settings }: ConfiguredStorage): Partial<WorkersCommandOptions> {
  const { workers } = settings;
  if (workers === undefined) return {};
  return { workers: workers === 'auto' ? processors() : workers };
}

/**
 * `undefined` where the command copies by itself. What the workers' stores are made of goes to them over their channel, so that no
 * secret is on a command line.
 */
export function workersOf(
  { directory, url }: Pick<Migration, 'directory' | 'url'>,
  options: WorkersCommandOptions & EndpointOptions,
  how: Pick<StoresData, 'files' | 'keeping'>,
): WorkersOptions | undefined {
  const { workers: count, local } = options;
  if (count === 1) return undefined;
  const data: StoresData = {
    ...{ directory, url, ...how },
    options: { ...connectionOf(options), ...(local === undefined ? {} : { local }) },
  };
  return { count, stores: new URL('./worker-stores.js', import.meta.url), data };
}

function processors(): number {
  return Math.min(MOST, availableParallelism());
}

function parseWorkers(text: string): number {
  if (text === 'auto') return processors();
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= MOST) return count;
  throw new InvalidArgumentError(`It takes a whole number from 1 to ${MOST}, or auto.`);
}
