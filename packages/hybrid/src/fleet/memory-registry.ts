import { encodeMemberRecord, parseMemberRecord } from './record.js';
import type { FleetRegistry } from './registry.js';
import { encodeWantedMode, parseWantedMode } from './wanted.js';

/** A registry for the members in this process: for tests, and for applications of a single process. */
export function memoryFleetRegistry(): FleetRegistry {
  const records = new Map<string, { readonly text: string; readonly version: string }>();
  let token = 0;
  let wanted: { readonly text: string; readonly version: string } | undefined;
  const write = (member: Parameters<FleetRegistry['join']>[0]) => {
    const version = String(member.beat);
    records.set(member.id, { text: encodeMemberRecord(member), version });
    return version;
  };
  return {
    async join(member) {
      return records.has(member.id) ? undefined : write(member);
    },
    async update(member, version) {
      return records.get(member.id)?.version === version ? write(member) : undefined;
    },
    async remove(id, version) {
      return records.get(id)?.version === version && records.delete(id);
    },
    async list() {
      return [...records].map(([id, { text, version }]) => ({
        member: parseMemberRecord(text, id, id),
        version,
      }));
    },
    async nextToken() {
      token += 1;
      return token;
    },
    async wanted() {
      if (wanted === undefined) return undefined;
      const { text, version } = wanted;
      return { wanted: parseWantedMode(text, 'the wanted mode'), version };
    },
    async want(mode, version) {
      if (wanted?.version !== version) return undefined;
      wanted = { text: encodeWantedMode(mode), version: String(mode.number) };
      return wanted.version;
    },
    async close() {},
  };
}
