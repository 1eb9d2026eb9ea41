import { MemoryStorageProvider, parseKey } from '@org/storage-core';
import {
  type FleetRegistry,
  type MemberRecord,
  type MemberReport,
  memoryFleetRegistry,
} from '@org/storage-hybrid';
import { migrate, verify } from '../../src/index.js';
import { memoryWith, temporaryJournal } from '../fixtures.js';

export const HOUR = 3_600_000;

/** A process that has run for a day, and has read nothing from the source. */
export const QUIET: MemberReport = { follows: true, watched: 24 * HOUR, spool: 'none' };

export function applicationOf(id: string, changes: Partial<MemberRecord> = {}): MemberRecord {
  return {
    ...{ id, role: 'application', stages: ['settled'], beat: 1, drain: 60_000 },
    ...{ host: 'host', pid: 1, started: '2024-05-06T07:08:09.000Z', report: QUIET },
    ...changes,
  };
}

/** What is known when a migration has done its work: two files that were copied, verified and retired, and two processes. */
export async function migrated() {
  const source = await memoryWith({ a: '1', b: '2' });
  const target = new MemoryStorageProvider({ name: 'target' });
  const journal = await temporaryJournal();
  await migrate({ source, target, journal, live: true });
  await verify({ source, target, journal });
  for (const key of ['a', 'b']) {
    await source.delete(key);
    await journal.recordRetirement(parseKey(key), 'retired');
  }
  const registry: FleetRegistry = memoryFleetRegistry();
  const versions = new Map<string, string | undefined>();
  /** Puts a record in the place of the one of the same id. */
  const put = async (member: MemberRecord) => {
    const before = versions.get(member.id);
    if (before !== undefined) await registry.remove(member.id, before);
    versions.set(member.id, await registry.join(member));
  };
  await put(applicationOf('one'));
  await put(applicationOf('other'));
  return { source, target, journal, registry, put };
}
