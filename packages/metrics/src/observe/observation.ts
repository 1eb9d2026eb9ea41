import { Disks } from '../disks.js';
import type { Recorder } from '../recorder.js';
import { observeBodies } from './bodies.js';
import { observeHybrid } from './hybrid.js';
import { observeLayers } from './layers.js';
import { observeMigration } from './migration.js';
import { observeOperations } from './operations.js';
import { observeSpool } from './spool.js';

export interface ObserveOptions {
  /**
   * File systems to be watched, by a name for each: `{ source: '/srv/uploads', journal: '/var/lib/app/journal.sqlite' }`. Default
   * none.
   */
  readonly disks?: Readonly<Record<string, string>> | undefined;
  /**
   * Whether the source is not expected to be read any more. Default: as soon as a `HybridStorageProvider` of this process is in the
   * mode `target`.
   */
  readonly cutOver?: (() => boolean) | undefined;
}

export interface Observation {
  /** Records what changes without an event: ages, disks, bodies that are being read. Does not fail. */
  update(): Promise<void>;
  /** Listens no longer. */
  close(): void;
}

/** Records what all providers, layers and migrations of this process do from now on. */
export function observe(
  recorder: Recorder,
  { disks = {}, cutOver = () => false }: ObserveOptions,
  now: () => number = () => performance.now(),
): Observation {
  const watched = new Disks(recorder, disks);
  const bodies = observeBodies(recorder);
  const hybrid = observeHybrid(recorder, cutOver);
  const spool = observeSpool(recorder);
  const migration = observeMigration(recorder, now);
  const ends = [observeOperations(recorder), observeLayers(recorder)];
  const parts = [bodies, hybrid, spool, migration];
  return {
    async update() {
      for (const part of parts) part.update();
      await watched.update();
    },
    close() {
      for (const end of ends) end();
      for (const part of parts) part.end();
    },
  };
}
