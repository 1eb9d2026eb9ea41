import { DirectorySync, type Syncable } from './directory-sync.js';

/**
 * `fsync`: what is acknowledged survives a crash of the machine. `relaxed`: nothing is synced; a crash of the machine may lose
 * what was written in the last minute or so, acknowledged or not, and may leave files of that time empty or cut off.
 */
export type Durability = 'fsync' | 'relaxed';

/** All syncs of a root go through here. */
export interface Syncs {
  readonly durable: boolean;
  file(handle: { sync(): Promise<void> }): Promise<void>;
  directory(directory: Syncable): Promise<void>;
}

export function syncsFor(durability: Durability): Syncs {
  if (durability === 'relaxed') {
    return { durable: false, file: async () => {}, directory: async () => {} };
  }
  const directories = new DirectorySync();
  return {
    durable: true,
    file: (handle) => handle.sync(),
    directory: (directory) => directories.sync(directory),
  };
}
