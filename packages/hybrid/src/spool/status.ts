import type { OperationOptions, StorageProvider } from '@org/storage-core';
import type { Conflict } from './conflict.js';
import type { DrainReport } from './drain.js';
import type { Entries } from './entries.js';

/** How full the spool is. */
export interface SpoolStatus {
  readonly entries: number;
  readonly bytes: number;
  /** When the oldest entry was written, by the spool’s disk; `undefined` if there is none. */
  readonly oldest: Date | undefined;
}

export interface SpooledStorageProvider extends StorageProvider {
  /**
   * One pass over all entries. Any number of processes may do so at once: what another has claimed is left to it, unless it was so
   * in this process’s last pass, too.
   */
  drain(options?: OperationOptions): Promise<DrainReport>;
  /** What was kept of the target’s files when entries were sent over them; with `shared: false`. */
  conflicts(options?: OperationOptions): AsyncIterable<Conflict>;
  /** Without conflicts. */
  status(options?: OperationOptions): Promise<SpoolStatus>;
}

export function isSpooled(provider: StorageProvider): provider is SpooledStorageProvider {
  return 'status' in provider && 'drain' in provider && 'conflicts' in provider;
}

/** Looks at all entries. */
export async function statusOf(entries: Entries, options: OperationOptions): Promise<SpoolStatus> {
  let count = 0;
  let bytes = 0;
  let oldest: Date | undefined;
  for await (const entry of entries.list(options)) {
    if (entry.type !== 'file') continue;
    count++;
    bytes += entry.size;
    if (oldest === undefined || entry.lastModified < oldest) oldest = entry.lastModified;
  }
  return { entries: count, bytes, oldest };
}
