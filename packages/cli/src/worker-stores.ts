import type { WorkerStores } from '@org/storage-migration';
import { type EndpointOptions, type Keeping, openSource, openTarget } from './endpoints.js';

/** What a worker's stores are made of; credentials that are not among the options come by its environment. */
export interface StoresData {
  /** With its links resolved. */
  readonly directory: string;
  readonly url: string;
  readonly options: Omit<EndpointOptions, 'journal' | 'disk'>;
  /** Files under way at once. */
  readonly files: number;
  readonly keeping: Keeping;
}

/** The same stores as the command's own, in a process that copies for it. */
export default async function openStores(data: StoresData): Promise<WorkerStores> {
  const { directory, url, options, files, keeping } = data;
  return {
    source: openSource({ directory }, options),
    target: await openTarget(url, options, files, keeping),
  };
}
