import { describe, expect, it } from 'vitest';
import { FleetMember, memoryFleetRegistry, systemClock, systemProcesses } from '../../src/index.js';
import {
  away,
  DRAIN,
  DrivenClock,
  enterWholly,
  HEARTBEAT,
  member,
  recorded,
  settle,
  UnsteadyRegistry,
} from './fixtures.js';

describe('a member of the fleet', () => {
  it('is in two stages while it moves, and in one when it has', async () => {
    const registry = memoryFleetRegistry();
    const one = member(registry, new DrivenClock(), { newId: () => 'one' });
    await enterWholly(one, 'prepare');
    expect(await one.enter('hybrid')).toBeUndefined();
    expect(await recorded(registry)).toEqual({ one: 'prepare hybrid' });
    await one.entered('hybrid');
    expect(await recorded(registry)).toEqual({ one: 'hybrid' });
    await one.leave();
    expect(await recorded(registry)).toEqual({});
  });

  it('names its process, so that others of this host see when that has ended', async () => {
    const registry = memoryFleetRegistry();
    const one = new FleetMember({ registry });
    expect(await one.enter('source')).toBeUndefined();
    const [entry] = await registry.list();
    expect(entry?.member).toMatchObject({ pid: process.pid, process: systemProcesses.own });
    expect(typeof systemProcesses.own).toBe(process.platform === 'linux' ? 'string' : 'undefined');
    await one.leave();
  });

  it('is kept out by a stage that is not compatible, says whose it is, and leaves no trace', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const old = member(registry, clock, { newId: () => 'old' });
    await enterWholly(old, 'source');
    const one = member(registry, clock);
    const reason = await one.enter('hybrid');
    expect(reason).toContain('the application');
    expect(reason).toContain(String(process.pid));
    expect(reason).toContain('old');
    expect(reason).toContain('"source"');
    expect(one.stages).toEqual([]);
    expect(await recorded(registry)).toEqual({ old: 'source' });
  });

  it('goes back to the stage that it was in, and takes the next step when the way is free', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const behind = member(registry, clock, { newId: () => 'behind' });
    const ahead = member(registry, clock, { newId: () => 'ahead' });
    await enterWholly(behind, 'prepare');
    await enterWholly(ahead, 'hybrid');
    expect(await ahead.enter('settled')).toContain('behind');
    expect(await recorded(registry)).toEqual({ behind: 'prepare', ahead: 'hybrid' });
    await enterWholly(behind, 'hybrid');
    await clock.advance(HEARTBEAT);
    await enterWholly(ahead, 'settled');
  });

  it('does not ask the registry again before the next beat, and then does not announce itself', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    const behind = member(registry, clock, { newId: () => 'behind' });
    const ahead = member(registry, clock, { newId: () => 'ahead' });
    await enterWholly(behind, 'prepare');
    await enterWholly(ahead, 'hybrid');
    const reason = await ahead.enter('settled');
    const { total } = registry;
    for (let times = 0; times < 5; times++) expect(await ahead.enter('settled')).toBe(reason);
    expect(registry.total).toBe(total);

    const seen: (readonly string[])[] = [];
    registry.before = async (name) => {
      if (name === 'update') seen.push(ahead.stages);
    };
    const { list } = registry.calls;
    await clock.advance(3 * HEARTBEAT);
    expect(await ahead.enter('settled')).toBe(reason);
    expect(registry.calls.list).toBe(list + 3);
    expect(seen.every((stages) => stages.join() === 'hybrid')).toBe(true);
    // And so nothing keeps the other from its step.
    await enterWholly(behind, 'hybrid');
  });

  it('names one of several that are in the way, and how many more there are', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    for (const id of ['a', 'b', 'c'])
      await enterWholly(member(registry, clock, { newId: () => id }), 'source');
    const reason = await member(registry, clock).enter('hybrid');
    expect(reason).toContain('(a)');
    expect(reason).toContain('and 2 more');
  });

  it('leaves nothing of itself when it leaves, not even a timer', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const one = member(registry, clock);
    await enterWholly(one, 'hybrid');
    expect(clock.timers).toBe(1);
    await one.leave();
    await one.leave();
    await one.entered('settled');
    expect(await one.enter('hybrid')).toContain('has left');
    expect(await recorded(registry)).toEqual({});
    expect(clock.timers).toBe(0);
  });

  it('does one thing at a time: what it leaves, it does not enter afterwards', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    const one = member(registry, clock);
    let join = () => {};
    registry.before = (name) => {
      if (name !== 'join') return;
      return new Promise<void>((resolve) => {
        join = resolve;
      });
    };
    const entering = one.enter('source');
    await settle();
    const leaving = one.leave();
    await clock.advance(2 * HEARTBEAT);
    join();
    await entering;
    await leaving;
    expect(await recorded(registry)).toEqual({});
  });

  it('does not use an id again after its record was removed', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const old = member(registry, clock);
    await enterWholly(old, 'source');
    const one = member(registry, clock);
    await one.enter('hybrid');
    const first = one.id;
    await old.leave();
    await clock.advance(HEARTBEAT);
    await enterWholly(one, 'hybrid');
    expect(one.id).not.toBe(first);
    expect(await recorded(registry)).toEqual({ [one.id]: 'hybrid' });
  });

  it('refuses times that do not go together', () => {
    const registry = memoryFleetRegistry();
    for (const times of [
      { heartbeat: 0 },
      { heartbeat: Number.NaN },
      { drain: -1 },
      { margin: Number.POSITIVE_INFINITY },
      { heartbeat: 10, drain: 40, margin: 20 },
    ]) {
      expect(() => new FleetMember({ registry, ...times })).toThrow(
        expect.objectContaining({ code: 'InvalidArgument' }),
      );
    }
    expect(() => new FleetMember({ registry, newId: () => '../x' })).toThrow('../x');
  });

  it('goes by Node’s clock if it is given no other', async () => {
    const one = new FleetMember({ registry: memoryFleetRegistry() });
    await enterWholly(one, 'hybrid');
    expect(one.outOfTouch).toBeUndefined();
    await one.leave();
    await new Promise<void>((resolve) => {
      const timer = systemClock.every(
        1,
        () => {
          timer.stop();
          resolve();
        },
        true,
      );
    });
  });
});

describe('a member that is silent', () => {
  /** One in the stage `source` that is paused, and one that wants to go on to `hybrid`. */
  async function silentAndWaiting() {
    const registry = new UnsteadyRegistry();
    const silentClock = new DrivenClock();
    const clock = new DrivenClock();
    const silent = member(registry, silentClock, { newId: () => 'silent' });
    const waiting = member(registry, clock);
    await enterWholly(silent, 'source');
    expect(await waiting.enter('hybrid')).toContain('silent');
    return { registry, silentClock, clock, silent, waiting };
  }

  it('is waited for until its drain time is over, and then fenced', async () => {
    const { registry, silentClock, clock, silent, waiting } = await silentAndWaiting();
    await clock.advance(DRAIN - HEARTBEAT);
    const reason = await waiting.enter('hybrid');
    expect(reason).toContain('not heard of');
    expect(await recorded(registry)).toHaveProperty('silent');
    await clock.advance(2 * HEARTBEAT);
    await enterWholly(waiting, 'hybrid');
    expect(await recorded(registry)).toEqual({ [waiting.id]: 'hybrid' });

    expect(silent.writeObstacle('source')).toBeUndefined(); // it does not know yet, and its clock stood still
    await silentClock.advance(HEARTBEAT);
    expect(silent.outOfTouch).toContain('must be restarted');
    expect(silent.writeObstacle('source')).toContain('must be restarted');
    expect(await silent.enter('prepare')).toContain('must be restarted');
    await silentClock.advance(5 * HEARTBEAT);
    expect(await recorded(registry)).toEqual({ [waiting.id]: 'hybrid' });
  });

  it('goes by its own drain time, not by that of who waits', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const patient = member(registry, new DrivenClock(), {
      newId: () => 'patient',
      drain: 3 * DRAIN,
    });
    await enterWholly(patient, 'source');
    const waiting = member(registry, clock);
    await waiting.enter('hybrid');
    await clock.advance(2 * DRAIN);
    expect(await waiting.enter('hybrid')).toContain('patient');
    await clock.advance(2 * DRAIN);
    await enterWholly(waiting, 'hybrid');
  });

  it('is not gone as long as it beats, however long it takes', async () => {
    const { silentClock, clock, waiting } = await silentAndWaiting();
    for (let time = 0; time < 3 * DRAIN; time += DRAIN / 2) {
      await clock.advance(DRAIN / 2);
      await silentClock.advance(HEARTBEAT); // much slower than the other clock
    }
    expect(await waiting.enter('hybrid')).toContain('silent');
  });

  it('is not gone if it beats between the look at it and the removal of its record', async () => {
    const { registry, silentClock, clock, silent, waiting } = await silentAndWaiting();
    registry.before = async (name) => {
      if (name !== 'remove') return;
      registry.before = () => {};
      await silentClock.advance(HEARTBEAT);
    };
    await clock.advance(DRAIN + 2 * HEARTBEAT);
    expect(registry.calls.remove).toBeGreaterThan(0);
    expect(await waiting.enter('hybrid')).toContain('silent');
    expect(silent.outOfTouch).toBeUndefined();
  });

  it('is not gone because the registry was away from everybody', async () => {
    const { registry, silentClock, clock, silent, waiting } = await silentAndWaiting();
    await clock.advance(5 * HEARTBEAT);
    registry.failure = { error: away, carriedOut: false };
    await Promise.all([clock.advance(2 * DRAIN), silentClock.advance(2 * DRAIN)]);
    registry.failure = undefined;
    await clock.advance(2 * HEARTBEAT);
    expect(await recorded(registry)).toHaveProperty('silent');
    await silentClock.advance(HEARTBEAT);
    expect(silent.outOfTouch).toBeUndefined();
    expect(await waiting.enter('hybrid')).toContain('silent');
  });

  it('is not gone because the one that waits was paused', async () => {
    const { registry, clock } = await silentAndWaiting();
    clock.pause(2 * DRAIN);
    await clock.advance(2 * HEARTBEAT);
    expect(await recorded(registry)).toHaveProperty('silent');
  });
});
