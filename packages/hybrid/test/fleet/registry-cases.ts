import { isStorageError } from '@org/storage-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  encodeMemberRecord,
  type FleetRegistry,
  type MemberRecord,
  type Mode,
  type WantedMode,
} from '../../src/index.js';

/** A registry of its own for every case. */
export interface RegistryHarness {
  readonly registry: FleetRegistry;
  /** The same, opened once more, as another process has it. */
  readonly other: FleetRegistry;
  close(): Promise<void>;
}

export interface SpoilableHarness extends RegistryHarness {
  /** Puts this text in the place of the member’s record. */
  spoil(id: string, text: string): Promise<void>;
}

export function memberOf(id: string, changes: Partial<MemberRecord> = {}): MemberRecord {
  return {
    id,
    role: 'application',
    stages: ['prepare'],
    beat: 1,
    drain: 60_000,
    host: 'Rechner-ü',
    pid: 4711,
    started: '2024-05-06T07:08:09.000Z',
    ...changes,
  };
}

export function wantedOf(mode: Mode, number: number): WantedMode {
  return { mode, number, host: 'Rechner-ü', at: '2024-05-06T07:08:09.000Z' };
}

/** What every registry owes its members. */
export function testRegistry(name: string, open: () => Promise<RegistryHarness>): void {
  const opened = () => openedFor(open);

  describe(`the fleet’s registry: ${name}`, () => {
    it('is empty at first', async () => {
      const { registry } = await opened();
      expect(await registry.list()).toEqual([]);
    });

    it('lists what was written at once, to everybody, as it was written', async () => {
      const { registry, other } = await opened();
      const told = {
        task: 'migrate',
        margin: 20_000,
        heartbeat: 5_000,
        process: 'boot/pid/time/1',
      };
      const a = memberOf('a', { role: 'migrator', note: 'Übersicht "1"\n', ...told });
      const b = memberOf('b', { stages: ['hybrid', 'settled'] });
      const versions = [await joined(registry, a), await joined(other, b)];
      const expected = [
        { member: a, version: versions[0] },
        { member: b, version: versions[1] },
      ];
      for (const view of [registry, other]) {
        const entries = await view.list();
        expect([...entries].sort((x, y) => (x.member.id < y.member.id ? -1 : 1))).toEqual(expected);
      }
    });

    it('lets nobody join in the place of another', async () => {
      const { registry, other } = await opened();
      const first = memberOf('a');
      await joined(registry, first);
      expect(await other.join(memberOf('a', { beat: 2, stages: ['hybrid'] }))).toBeUndefined();
      expect((await registry.list()).map(({ member }) => member)).toEqual([first]);
    });

    it('replaces a record only if it is the version that was named', async () => {
      const { registry, other } = await opened();
      const first = await joined(registry, memberOf('a'));
      const second = await registry.update(memberOf('a', { beat: 2 }), first);
      expect(second).toBeDefined();
      expect(second).not.toBe(first);
      expect(await other.update(memberOf('a', { beat: 3 }), first)).toBeUndefined();
      expect(await other.list()).toEqual([{ member: memberOf('a', { beat: 2 }), version: second }]);
    });

    it('removes a record only if it is the version that was named', async () => {
      const { registry, other } = await opened();
      const first = await joined(registry, memberOf('a'));
      const second = (await registry.update(memberOf('a', { beat: 2 }), first)) ?? '';
      expect(await other.remove('a', first)).toBe(false);
      expect(await registry.list()).toHaveLength(1);
      expect(await other.remove('a', second)).toBe(true);
      expect(await registry.list()).toEqual([]);
    });

    it('brings no record back that was removed', async () => {
      const { registry, other } = await opened();
      await joined(registry, memberOf('b'));
      const version = await joined(registry, memberOf('a'));
      expect(await other.remove('a', version)).toBe(true);
      expect(await registry.update(memberOf('a', { beat: 2 }), version)).toBeUndefined();
      expect(await registry.remove('a', version)).toBe(false);
      expect((await registry.list()).map(({ member }) => member.id)).toEqual(['b']);
    });

    it('lets one of many that replace or remove the same version have its way', async () => {
      const { registry, other } = await opened();
      const version = await joined(registry, memberOf('a'));
      const updates = [2, 3, 4, 5].map((beat) =>
        (beat % 2 === 0 ? registry : other).update(memberOf('a', { beat }), version),
      );
      const removals = [registry, other].map((view) => view.remove('a', version));
      const updated = (await Promise.all(updates)).filter((each) => each !== undefined);
      const removed = (await Promise.all(removals)).filter((each) => each);
      expect(updated.length + removed.length).toBe(1);
      expect(await registry.list()).toHaveLength(updated.length);
    });

    it('gives everybody tokens that grow', async () => {
      const { registry, other } = await opened();
      const first = await registry.nextToken();
      const second = await other.nextToken();
      expect(second).toBeGreaterThan(first);
      const many = await Promise.all(
        Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? registry : other).nextToken()),
      );
      expect(new Set(many).size).toBe(many.length);
      expect(Math.min(...many)).toBeGreaterThan(second);
      expect(await registry.nextToken()).toBeGreaterThan(Math.max(...many));
    });

    it('keeps what a member tells of its work', async () => {
      const { registry, other } = await opened();
      const spool = { entries: 3, bytes: 4096 };
      const report = { follows: true, watched: 7, sourceRead: 5, spool, obstacle: 'Hürde "1"' };
      await joined(registry, memberOf('a', { report }));
      expect((await other.list()).map(({ member }) => member.report)).toEqual([report]);
    });

    it('wants no mode at first, and tells everybody of the one that was set', async () => {
      const { registry, other } = await opened();
      expect(await registry.wanted()).toBeUndefined();
      const version = await registry.want(wantedOf('prepare', 1), undefined);
      expect(version).toBeDefined();
      for (const view of [registry, other])
        expect(await view.wanted()).toEqual({ wanted: wantedOf('prepare', 1), version });
      expect(await registry.list()).toEqual([]);
    });

    it('replaces the wanted mode only if it is the version that was named', async () => {
      const { registry, other } = await opened();
      const first = await registry.want(wantedOf('prepare', 1), undefined);
      expect(await other.want(wantedOf('target', 1), undefined)).toBeUndefined();
      const second = await other.want(wantedOf('hybrid', 2), first);
      expect(second).not.toBe(first);
      expect(await registry.want(wantedOf('source', 2), first)).toBeUndefined();
      expect(await registry.wanted()).toEqual({ wanted: wantedOf('hybrid', 2), version: second });
    });

    it('lets one of many that set the mode at once have its way', async () => {
      const { registry, other } = await opened();
      const set = async (from: FleetRegistry, number: number, version: string | undefined) =>
        (await from.want(wantedOf('hybrid', number), version).catch(unlessConflict)) ?? [];
      const first = (
        await Promise.all([registry, other].map((view) => set(view, 1, undefined)))
      ).flat();
      expect(first).toHaveLength(1);
      const second = (
        await Promise.all([registry, other].map((view) => set(view, 2, first[0])))
      ).flat();
      expect(second).toHaveLength(1);
    });
  });
}

/** S3 may refuse one of two writes at the same time so. */
function unlessConflict(error: unknown): undefined {
  if (!isStorageError(error, 'Conflict')) throw error;
}

async function openedFor<H extends RegistryHarness>(open: () => Promise<H>): Promise<H> {
  const harness = await open();
  onTestFinished(() => harness.close());
  return harness;
}

async function joined(registry: FleetRegistry, member: MemberRecord): Promise<string> {
  const version = await registry.join(member);
  if (version === undefined) throw new Error(`${member.id} was there already`);
  return version;
}

/** What a registry outside this process owes them beyond that: it may hold anything. */
export function testSpoiltRegistry(name: string, open: () => Promise<SpoilableHarness>): void {
  describe(`the fleet’s registry, spoilt: ${name}`, () => {
    const spoilt: Readonly<Record<string, string>> = {
      'that is no JSON': '{"format":1,',
      'of a newer release': encodeMemberRecord(memberOf('spoilt')).replace(':1,', ':2,'),
      'of no release': encodeMemberRecord(memberOf('spoilt')).replace(':1,', ':"1",'),
      'with a stage that is not known': encodeMemberRecord(memberOf('spoilt')).replace(
        'prepare',
        'halfway',
      ),
      'without a stage': encodeMemberRecord(memberOf('spoilt', { stages: [] })),
      'with a role that is not known': encodeMemberRecord(memberOf('spoilt')).replace(
        'application',
        'spectator',
      ),
      'of another member': encodeMemberRecord(memberOf('other')),
      'with a beat that is no count': encodeMemberRecord(memberOf('spoilt', { beat: -1 })),
      'without a drain time': encodeMemberRecord(memberOf('spoilt', { drain: 0 })),
      'with a report that is none': encodeMemberRecord(memberOf('spoilt')).replace(
        '"host"',
        '"report":{"follows":true,"watched":-1,"spool":"none"},"host"',
      ),
    };
    for (const [what, text] of Object.entries(spoilt)) {
      it(`does not take a record ${what} for absence`, async () => {
        const { registry, spoil } = await openedFor(open);
        await joined(registry, memberOf('fine'));
        await joined(registry, memberOf('spoilt'));
        await spoil('spoilt', text);
        const error: unknown = await registry.list().catch((reason: unknown) => reason);
        expect(isStorageError(error, 'Unsupported')).toBe(true);
        expect(String(error)).toContain('spoilt');
        expect(String(error).includes('newer release')).toBe(what === 'of a newer release');
      });
    }
  });
}
