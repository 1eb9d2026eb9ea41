import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { StorageError, type StorageProvider } from '@org/storage-core';

/** Other processes of this host that copy, so that more than one processor does. */
export interface WorkersOptions {
  /** Processes, 1 to 64. The one that calls `migrate` does not copy then. */
  readonly count: number;
  /** A module, by its URL or path, whose default export is an {@link OpenStores}. Each worker loads it. */
  readonly stores: URL | string;
  /** What that is called with: whatever a structured clone carries. Default `undefined`. */
  readonly data?: unknown;
  /** Of Node, such as a loader for TypeScript: `['--import', 'tsx']`. Default: those of this process. */
  readonly execArgv?: readonly string[];
}

/**
 * Makes the stores that a worker copies between: the same as `source` and `target` of `migrate`, by the same names. They are closed
 * when the worker ends.
 */
export type OpenStores<Data = unknown> = (data: Data) => WorkerStores | Promise<WorkerStores>;

export interface WorkerStores {
  readonly source: StorageProvider;
  readonly target: StorageProvider;
}

const MOST = 64;

/** @throws StorageError `InvalidArgument`. */
export function checkWorkers({ count }: WorkersOptions): void {
  if (Number.isSafeInteger(count) && count >= 1 && count <= MOST) return;
  throw new StorageError('InvalidArgument', `the workers are a whole number from 1 to ${MOST}`);
}

/** The module as `import()` takes it. */
export function storesUrl({ stores }: WorkersOptions): string {
  if (stores instanceof URL) return stores.href;
  return stores.startsWith('file:') ? stores : pathToFileURL(resolve(stores)).href;
}
