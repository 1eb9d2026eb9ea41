import { describe, expect, it } from 'vitest';
import {
  type FleetRegistry,
  forgetMember,
  memoryFleetRegistry,
  type Processes,
  requireStages,
} from '../../src/index.js';
import { DRAIN, DrivenClock, HEARTBEAT, MARGIN, member, recorded } from './fixtures.js';
import { Host } from './host.js';
import { memberOf } from './registry-cases.js';

const timing = { heartbeat: HEARTBEAT, drain: DRAIN, margin: MARGIN };

/** A host with a migrator that was killed while it held the lease, and the clock of those who come after it. */
async function killed({ kill = true } = {}) {
  const registry = memoryFleetRegistry();
  const host = new Host();
  const processes = host.begin();
  await lease(registry, new DrivenClock(), { processes, task: 'migrate', newId: () => 'first' });
  if (kill) processes.kill();
  return { registry, host, first: processes, clock: new DrivenClock() };
}

function lease(
  registry: FleetRegistry,
  clock: DrivenClock,
  options: Partial<Parameters<typeof requireStages>[0]>,
) {
  return requireStages({ registry, allowed: ['settled'], ...timing, clock, ...options });
}

describe('a migrator that was killed on this host', () => {
  it('is not in the way of the same work, which sees it removed when its last requests are over', async () => {
    const { registry, host, clock } = await killed();
    const next = { processes: host.begin(), newId: () => 'next' };
    const held = await lease(registry, clock, { ...next, task: 'migrate' });
    held.check();
    await clock.advance(MARGIN - HEARTBEAT);
    expect(await recorded(registry)).toEqual({ first: 'settled', next: 'settled' });
    await clock.advance(2 * HEARTBEAT);
    expect(await recorded(registry)).toEqual({ next: 'settled' });
    await held.release();
  });

  it.each([['retire'], [undefined]])(
    'is in the way of others (%s) until its last requests are over, and no longer',
    async (task) => {
      const { registry, host, clock } = await killed();
      const processes = host.begin();
      await expect(lease(registry, clock, { processes, task })).rejects.toThrow(
        /first\) is at work; its process has ended, and what it had sent is taken to be over in/,
      );
      const told: string[] = [];
      let given = false;
      const onWait = (inTheWay: string) => told.push(inTheWay);
      const asked = lease(registry, clock, { processes, task, onWait }).then((held) => {
        given = true;
        return held;
      });
      await clock.advance(MARGIN - HEARTBEAT);
      expect(given).toBe(false);
      await clock.advance(3 * HEARTBEAT);
      expect(given).toBe(true);
      await (await asked).release();
    },
  );

  it('keeps applications from stages that do not go with its own meanwhile', async () => {
    const { registry, host, clock } = await killed();
    const one = member(registry, clock, { processes: host.begin() });
    expect(await one.enter('prepare')).toContain('its process has ended');
    await one.leave();
  });
});

describe('a migrator that lives', () => {
  it('is in the way of the same work, suspended or not', async () => {
    const { registry, host, clock } = await killed({ kill: false });
    const processes = host.begin();
    const asked = lease(registry, clock, { processes, task: 'migrate' });
    await expect(asked).rejects.toThrow(/first\) is at work$/);
  });

  it('is in the way of it on another host, killed or not', async () => {
    const { registry, clock } = await killed();
    const processes: Processes = { own: 'elsewhere/1', state: () => 'unknown' };
    const asked = lease(registry, clock, { processes, task: 'migrate' });
    await expect(asked).rejects.toThrow(/first\) is at work$/);
  });
});

describe('an application that was killed on this host', () => {
  it('is in nobody’s way as soon as its last requests are over', async () => {
    const registry = memoryFleetRegistry();
    const host = new Host();
    const processes = host.begin();
    const gone = member(registry, new DrivenClock(), { processes });
    await gone.enter('source');
    processes.kill();
    const clock = new DrivenClock();
    const one = member(registry, clock, { processes: host.begin() });
    expect(await one.enter('prepare')).toBeUndefined();
    await one.entered('prepare');
    expect(await one.enter('hybrid')).toContain('its process has ended');
    await clock.advance(MARGIN + 2 * HEARTBEAT);
    expect(await one.enter('hybrid')).toBeUndefined();
    await one.leave();
  });
});

describe('forgetting a member', () => {
  function forget(
    registry: FleetRegistry,
    clock: DrivenClock,
    options: Partial<Parameters<typeof forgetMember>[0]>,
  ) {
    return forgetMember({ registry, id: 'first', heartbeat: HEARTBEAT, clock, ...options });
  }

  it('waits until its last requests are over, or goes by the caller’s word', async () => {
    const { registry, host, clock } = await killed();
    const left: number[] = [];
    const onWait = (ms: number) => left.push(ms);
    const asked = forget(registry, clock, { processes: host.begin(), onWait });
    await clock.advance(MARGIN - HEARTBEAT);
    expect(await recorded(registry)).toHaveProperty('first');
    await clock.advance(2 * HEARTBEAT);
    await asked;
    expect(left.at(0)).toBe(MARGIN);
    expect(await recorded(registry)).toEqual({});

    const again = await killed();
    await forget(again.registry, again.clock, { processes: again.host.begin(), force: true });
    expect(await recorded(again.registry)).toEqual({});
  });

  it.each([[false], [true]])('refuses one that lives on this host (force: %s)', async (force) => {
    const { registry, host, clock } = await killed({ kill: false });
    const asked = forget(registry, clock, { processes: host.begin(), force });
    await expect(asked).rejects.toMatchObject({ code: 'Conflict' });
    await expect(asked).rejects.toThrow('is alive, or suspended, on this host');
    expect(await recorded(registry)).toHaveProperty('first');
  });

  it.each([[false], [true]])(
    'refuses one of another host that beats meanwhile (force: %s)',
    async (force) => {
      const registry = memoryFleetRegistry();
      const clock = new DrivenClock();
      const record = memberOf('first', { drain: DRAIN });
      const version = (await registry.join(record)) ?? '';
      const asked = forget(registry, clock, { force });
      const outcome = expect(asked).rejects.toThrow('it has just beaten');
      await clock.advance(2 * HEARTBEAT);
      await registry.update({ ...record, beat: 2 }, version);
      await clock.advance(2 * HEARTBEAT);
      await outcome;
      expect(await recorded(registry)).toHaveProperty('first');
    },
  );

  it('waits for the drain time of one of another host; on the caller’s word, for three beats of its', async () => {
    for (const { force, heartbeat, time } of [
      { force: false, heartbeat: HEARTBEAT, time: DRAIN },
      { force: true, heartbeat: 2 * HEARTBEAT, time: 6 * HEARTBEAT },
      { force: true, heartbeat: undefined, time: DRAIN },
    ]) {
      const registry = memoryFleetRegistry();
      const clock = new DrivenClock();
      await registry.join(memberOf('first', { drain: DRAIN, heartbeat }));
      const asked = forget(registry, clock, { force });
      await clock.advance(time - HEARTBEAT);
      expect(await recorded(registry)).toHaveProperty('first');
      await clock.advance(2 * HEARTBEAT);
      await asked;
      expect(await recorded(registry)).toEqual({});
    }
  });

  it('finds nobody of another id, and can be given up', async () => {
    const { registry, host, clock } = await killed();
    const processes = host.begin();
    const nobody = forget(registry, clock, { processes, id: 'other' });
    await expect(nobody).rejects.toMatchObject({ code: 'NotFound' });
    const abort = new AbortController();
    const asked = forget(registry, clock, { processes, signal: abort.signal });
    await clock.advance(HEARTBEAT);
    abort.abort();
    await expect(asked).rejects.toMatchObject({ code: 'Aborted' });
    expect(await recorded(registry)).toHaveProperty('first');
  });
});
