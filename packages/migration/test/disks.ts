import { MemoryStorageProvider, type StorageProvider } from '@org/storage-core';
import { type FleetRegistry, type MemberRecord, memoryFleetRegistry } from '@org/storage-hybrid';
import type { Pool } from 'pg';
import { onTestFinished } from 'vitest';
import {
  type Disk,
  type GateOptions,
  gate,
  type Journal,
  migrate,
  openPostgresJournal,
  postgresDisks,
  retireFiles,
  verify,
} from '../src/index.js';
import { memoryWith } from './fixtures.js';
import { applicationOf } from './gate/fixtures.js';

let schemas = 0;

/** A fleet of two processes, a target, and a place for the journals of hosts with disks of their own. */
export async function fleetWithDisks(client: Pool) {
  const schema = `disks${++schemas}`;
  const target = new MemoryStorageProvider({ name: 'target' });
  const registry: FleetRegistry = memoryFleetRegistry();
  const versions = new Map<string, string | undefined>();
  const leave = async (id: string) => {
    const version = versions.get(id);
    if (version !== undefined) await registry.remove(id, version);
    versions.delete(id);
  };
  /** Puts a record in the place of the one of the same id. */
  const put = async (id: string, changes: Partial<MemberRecord> = {}) => {
    await leave(id);
    versions.set(id, await registry.join(applicationOf(id, { since: 1, ...changes })));
  };
  await put('one');
  await put('other');

  const open = async (disk: Disk): Promise<Journal> => {
    const endpoints = { source: `${disk.name}:/files`, target: 'target', disk };
    const journal = await openPostgresJournal({ client, schema, endpoints });
    onTestFinished(() => journal.close());
    return journal;
  };
  const journals = postgresDisks({ client, schema });

  /** A host's disk with files. */
  const disk = async (name: string, files: Readonly<Record<string, string>>) => {
    const source: StorageProvider = await memoryWith(files);
    const journal = await open({ name, id: `id of ${name}` });
    const stores = { source, target, journal };
    const copy = () => migrate({ ...stores, live: true });
    const retire = async () => {
      await verify({ ...stores, live: true });
      return retireFiles({ ...stores, archive: 'delete', live: true });
    };
    const look = (options: Partial<GateOptions> & { readonly expected?: string[] } = {}) => {
      const { expected = [], ...others } = options;
      return gate({ source, journal, registry, disks: { expected, journals }, ...others });
    };
    return { ...stores, copy, retire, look };
  };
  /** As {@link disk}, with all of the work done. */
  const done = async (name: string, files: Readonly<Record<string, string>>) => {
    const made = await disk(name, files);
    await made.copy();
    await made.retire();
    return made;
  };
  return { client, schema, target, registry, put, leave, open, journals, disk, done };
}
