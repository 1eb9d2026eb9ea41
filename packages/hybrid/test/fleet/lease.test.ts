import { StorageError } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { type FleetRegistry, memoryFleetRegistry, requireStages } from '../../src/index.js';
import {
  away,
  DRAIN,
  DrivenClock,
  HEARTBEAT,
  MARGIN,
  member,
  recorded,
  settle,
  UnsteadyRegistry,
} from './fixtures.js';

function request(
  registry: FleetRegistry,
  clock: DrivenClock,
  options: Partial<Parameters<typeof requireStages>[0]> = {},
) {
  const timing = { clock, heartbeat: HEARTBEAT, drain: DRAIN, margin: MARGIN };
  return requireStages({ registry, allowed: ['hybrid', 'settled'], ...timing, ...options });
}

async function application(
  registry: FleetRegistry,
  clock: DrivenClock,
  stage: Parameters<ReturnType<typeof member>['enter']>[0],
) {
  const one = member(registry, clock);
  expect(await one.enter(stage)).toBeUndefined();
  await one.entered(stage);
  return one;
}

describe('the lease of a fleet’s migrator', () => {
  it('is given when all applications are in the stages allowed, and keeps others from leaving them', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const one = await application(registry, clock, 'hybrid');
    const lease = await request(registry, clock, { newId: () => 'migrator', note: 'run 7' });
    expect(await recorded(registry)).toHaveProperty('migrator', 'settled');
    lease.check();
    expect(await member(registry, clock).enter('prepare')).toContain('the migrator');
    expect(await one.enter('settled')).toBeUndefined();
    await lease.release();
    expect(Object.keys(await recorded(registry))).toEqual([one.id]);
    expect(await member(registry, clock).enter('hybrid')).toBeUndefined();
  });

  it('is refused with who is in the way, and leaves nothing behind', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const one = await application(registry, clock, 'prepare');
    const refused = request(registry, clock);
    await expect(refused).rejects.toMatchObject({ code: 'Conflict' });
    await expect(refused).rejects.toThrow(one.id);
    expect(Object.keys(await recorded(registry))).toEqual([one.id]);
    expect(clock.timers).toBe(1);
  });

  it('is refused for a stage that is compatible, but not allowed', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    await application(registry, clock, 'hybrid');
    await expect(request(registry, clock, { allowed: ['settled', 'target'] })).rejects.toThrow(
      '"hybrid"',
    );
  });

  it('can hold another stage', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const options = { stage: 'target', allowed: ['target'] } as const;
    const lease = await request(registry, clock, options);
    expect(await member(registry, clock).enter('hybrid')).toContain('"target"');
    await lease.release();
  });

  it('has one holder, and tokens that grow', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const first = await request(registry, clock);
    await expect(request(registry, clock)).rejects.toThrow('is at work');
    await first.release();
    const second = await request(registry, clock);
    expect(second.token).toBeGreaterThan(first.token);
    await second.release();
  });

  it('is held by all of a group at once, and by nobody else beside them', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const one = await request(registry, clock, { group: 'journal 1' });
    const two = await request(registry, clock, { group: 'journal 1' });
    expect(two.token).toBeGreaterThan(one.token);
    await expect(request(registry, clock)).rejects.toThrow('is at work');
    await expect(request(registry, clock, { group: 'journal 2' })).rejects.toThrow('is at work');
    expect(await member(registry, clock).enter('prepare')).toContain('the migrator');
    await one.release();
    await expect(request(registry, clock)).rejects.toThrow('is at work');
    await two.release();
    const alone = await request(registry, clock);
    const kept = request(registry, clock, { group: 'journal 1' });
    await expect(kept).rejects.toThrow('is at work');
    await alone.release();
  });

  it('is waited for, and at every beat told for whom', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const one = await application(registry, clock, 'prepare');
    const told: string[] = [];
    const asked = request(registry, clock, { onWait: (inTheWay) => told.push(inTheWay) });
    await clock.advance(3 * HEARTBEAT);
    expect(told.length).toBeGreaterThan(1);
    expect(told[0]).toContain(one.id);
    // Meanwhile, it is in nobody’s way.
    expect(Object.keys(await recorded(registry))).toEqual([one.id]);
    expect(await one.enter('hybrid')).toBeUndefined();
    await one.entered('hybrid');
    await clock.advance(2 * HEARTBEAT);
    await (await asked).release();
    expect(clock.timers).toBe(1);
  });

  it('is given after a member that is never heard of again was drained', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const crashed = await application(registry, new DrivenClock(), 'prepare');
    const told: string[] = [];
    const asked = request(registry, clock, { onWait: (inTheWay) => told.push(inTheWay) });
    await clock.advance(DRAIN - HEARTBEAT);
    expect(told.at(-1)).toContain('not heard of');
    await clock.advance(4 * HEARTBEAT);
    const lease = await asked;
    expect(await recorded(registry)).not.toHaveProperty(crashed.id);
    await lease.release();
  });

  it('is given so long after all are there as a request may take, and holds the stage meanwhile', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    await application(registry, clock, 'settled');
    let given = false;
    const asked = request(registry, clock, { outlast: 5 * HEARTBEAT }).then((lease) => {
      given = true;
      return lease;
    });
    await clock.advance(5 * HEARTBEAT - 1);
    expect(given).toBe(false);
    expect(await member(registry, clock).enter('prepare')).toContain('is in');
    await clock.advance(HEARTBEAT);
    expect(given).toBe(true);
    await (await asked).release();
  });

  it('can be given up while requests are outlasted, and leaves nothing behind', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const abort = new AbortController();
    const asked = request(registry, clock, { outlast: 5 * HEARTBEAT, signal: abort.signal });
    await clock.advance(HEARTBEAT);
    abort.abort();
    await expect(asked).rejects.toMatchObject({ code: 'Aborted' });
    expect(await recorded(registry)).toEqual({});
    expect(clock.timers).toBe(0);
  });

  it('is waited for while the registry is away, too', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    registry.failure = { error: away, carriedOut: false };
    const told: string[] = [];
    const asked = request(registry, clock, { onWait: (inTheWay) => told.push(inTheWay) });
    await clock.advance(2 * HEARTBEAT);
    expect(told).toContain(away.message);
    registry.failure = undefined;
    await clock.advance(2 * HEARTBEAT);
    await (await asked).release();
  });

  it('is not waited for where waiting does not help', async () => {
    const registry = new UnsteadyRegistry();
    const error = new StorageError('Unsupported', 'a newer release’s record');
    registry.failure = { error, carriedOut: false };
    const asked = request(registry, new DrivenClock(), { onWait: () => {} });
    await expect(asked).rejects.toMatchObject({ code: 'Unsupported' });
  });

  it('is not waited for any longer when the caller gives up', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const one = await application(registry, clock, 'prepare');
    const controller = new AbortController();
    const { signal } = controller;
    const asked = request(registry, clock, { signal, onWait: () => {} });
    const outcome = expect(asked).rejects.toMatchObject({ code: 'Aborted' });
    await settle();
    controller.abort();
    await outcome;
    expect(Object.keys(await recorded(registry))).toEqual([one.id]);
    expect(clock.timers).toBe(1);
  });

  it('is lost when its holder could not beat, and is found again when it can', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    const lease = await request(registry, clock);
    registry.failure = { error: away, carriedOut: false };
    await clock.advance(DRAIN - MARGIN - HEARTBEAT);
    lease.check();
    await clock.advance(2 * HEARTBEAT);
    const lost = expect.objectContaining({ code: 'Conflict', retryable: false });
    expect(() => lease.check()).toThrow(lost);
    registry.failure = undefined;
    await clock.advance(HEARTBEAT);
    lease.check();
  });

  it('is lost by a holder that was paused, before another holds one (trace 28)', async () => {
    const registry = memoryFleetRegistry();
    const pausedClock = new DrivenClock();
    const clock = new DrivenClock();
    const paused = await request(registry, pausedClock);
    const asked = request(registry, clock, { onWait: () => {} });
    await clock.advance(DRAIN + 3 * HEARTBEAT);
    const lease = await asked;
    pausedClock.pause(DRAIN);
    expect(() => paused.check()).toThrow('lost touch');
    await pausedClock.advance(HEARTBEAT);
    expect(() => paused.check()).toThrow('must be restarted');
    expect(lease.token).toBeGreaterThan(paused.token);
    lease.check();
  });

  it('is not given to one that was paused before it got its token', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    let resume = () => {};
    registry.before = (name) => {
      if (name !== 'nextToken') return;
      registry.before = () => {};
      return new Promise<void>((resolve) => {
        resume = resolve;
      });
    };
    const paused = request(registry, new DrivenClock(), { newId: () => 'paused' });
    const outcome = expect(paused).rejects.toMatchObject({ code: 'Conflict' });
    await settle();
    const asked = request(registry, clock, { onWait: () => {} });
    await clock.advance(DRAIN + 3 * HEARTBEAT);
    const lease = await asked;
    resume();
    await outcome;
    lease.check();
    await lease.release();
  });
});
