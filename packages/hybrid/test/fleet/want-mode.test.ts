import { StorageError } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import {
  awaitMode,
  memoryFleetRegistry,
  type Stage,
  wantMode,
  watchFleet,
} from '../../src/index.js';
import { DRAIN, DrivenClock, HEARTBEAT, member, recorded, UnsteadyRegistry } from './fixtures.js';
import { memberOf, wantedOf } from './registry-cases.js';

const away = new StorageError('Unavailable', 'the registry is away');

async function fleetIn(...stages: readonly Stage[]) {
  const registry = memoryFleetRegistry();
  for (const [at, stage] of stages.entries())
    await registry.join(memberOf(`m${at}`, { stages: [stage] }));
  return registry;
}

const refused = (text: string) =>
  expect.objectContaining({ code: 'Conflict', message: expect.stringContaining(text) });

describe('the mode that all processes shall reach', () => {
  it('goes step by step, there and back', async () => {
    const registry = memoryFleetRegistry();
    const way = ['prepare', 'hybrid', 'target', 'hybrid', 'prepare', 'source'] as const;
    for (const [at, mode] of way.entries()) {
      expect(await wantMode({ registry, mode })).toMatchObject({ mode, number: at + 1 });
      expect((await registry.wanted())?.wanted.mode).toBe(mode);
    }
  });

  it('leaves out no step, and names the next', async () => {
    const registry = await fleetIn();
    await wantMode({ registry, mode: 'prepare' });
    await expect(wantMode({ registry, mode: 'target' })).rejects.toEqual(refused('"hybrid" comes'));
    await wantMode({ registry, mode: 'target', force: true });
    await expect(wantMode({ registry, mode: 'source' })).rejects.toEqual(refused('"hybrid" comes'));
  });

  it.each([
    ['hybrid', ['source', 'prepare'], 'm0'],
    ['target', ['settled', 'prepare'], 'm1'],
    ['target', ['hybrid', 'settled'], '"hybrid"'],
    ['source', ['prepare', 'hybrid'], 'm1'],
    ['prepare', ['hybrid', 'target'], 'm1'],
  ] as const)('is not %s while processes are in %s', async (mode, stages, who) => {
    const registry = await fleetIn(...stages);
    await expect(wantMode({ registry, mode })).rejects.toEqual(refused(who));
    expect(await registry.wanted()).toBeUndefined();
    await wantMode({ registry, mode, force: true });
    expect((await registry.wanted())?.wanted.mode).toBe(mode);
  });

  it.each([
    ['prepare', ['source', 'prepare', 'hybrid', 'settled']],
    ['hybrid', ['prepare', 'hybrid', 'settled', 'target']],
    ['target', ['settled', 'target']],
    ['source', ['source', 'prepare']],
  ] as const)('may be %s while processes are in %s', async (mode, stages) => {
    const registry = await fleetIn(...stages);
    await wantMode({ registry, mode });
  });

  it('is not written again where it is wanted already', async () => {
    const registry = await fleetIn('prepare');
    const first = await wantMode({ registry, mode: 'hybrid' });
    expect(await wantMode({ registry, mode: 'hybrid' })).toEqual(first);
  });

  it('is set by one of two who do so at the same time', async () => {
    const registry = memoryFleetRegistry();
    const confirm = async () => {
      await registry.want(wantedOf('prepare', 1), undefined);
    };
    const asked = wantMode({ registry, mode: 'hybrid', confirm });
    await expect(asked).rejects.toEqual(refused('somebody else'));
    expect((await registry.wanted())?.wanted.mode).toBe('prepare');
  });

  it('is not set if it is not confirmed', async () => {
    const registry = memoryFleetRegistry();
    const confirm = async () => {
      throw new Error('no');
    };
    await expect(wantMode({ registry, mode: 'prepare', confirm })).rejects.toThrow('no');
    expect(await registry.wanted()).toBeUndefined();
  });
});

describe('waiting for a mode', () => {
  it('ends when all applications are in it, and tells meanwhile who is not', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const one = member(registry, clock, { newId: () => 'one' });
    await one.enter('hybrid');
    await one.entered('hybrid');
    const told: string[] = [];
    const options = { registry, clock, heartbeat: HEARTBEAT, mode: 'hybrid' } as const;
    const waiting = awaitMode({ ...options, onWait: (behind) => told.push(...behind) });
    await clock.advance(3 * HEARTBEAT);
    expect(told[0]).toContain('(one) is in the stage "hybrid"');
    expect(await one.enter('settled')).toBeUndefined();
    await clock.advance(HEARTBEAT);
    expect(told.at(-1)).toContain('"hybrid", "settled"');
    await one.entered('settled');
    await clock.advance(HEARTBEAT);
    await waiting;
    await one.leave();
    expect(clock.timers).toBe(0);
  });

  it('waits for no migrator, which has no mode', async () => {
    const registry = await fleetIn('target');
    await registry.join(memberOf('migrator', { role: 'migrator', stages: ['settled'] }));
    await awaitMode({ registry, mode: 'target', timeout: 0 });
  });

  it('ends after its time with who is not there, and whether they go by the registry at all', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    const report = { follows: false, watched: 1, spool: 'none', obstacle: 'a wall' } as const;
    await registry.join(memberOf('one', { report, drain: 2 * DRAIN }));
    const options = { registry, clock, heartbeat: HEARTBEAT, mode: 'hybrid' } as const;
    const waiting = awaitMode({ ...options, timeout: DRAIN });
    const outcome = expect(waiting).rejects.toMatchObject({
      code: 'Timeout',
      message: expect.stringMatching(/one.*does not go by.*a wall.*not heard of for/),
    });
    await clock.advance(2 * DRAIN);
    await outcome;
  });

  it('goes on while the registry is away', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    registry.failure = { error: away, carriedOut: false };
    const told: string[] = [];
    const options = { registry, clock, heartbeat: HEARTBEAT, mode: 'hybrid' } as const;
    const waiting = awaitMode({ ...options, onWait: (behind) => told.push(...behind) });
    await clock.advance(2 * HEARTBEAT);
    expect(told).toContain(away.message);
    registry.failure = undefined;
    await clock.advance(HEARTBEAT);
    await waiting;
  });

  it('is given up at once by a signal', async () => {
    const registry = memoryFleetRegistry();
    await registry.join(memberOf('one'));
    const clock = new DrivenClock();
    const controller = new AbortController();
    const { signal } = controller;
    const options = { registry, clock, heartbeat: HEARTBEAT, mode: 'hybrid', signal } as const;
    const outcome = expect(awaitMode(options)).rejects.toMatchObject({ code: 'Aborted' });
    await clock.advance(HEARTBEAT);
    controller.abort();
    await outcome;
    expect(clock.timers).toBe(0);
  });
});

describe('watching a fleet', () => {
  it('removes who was killed, once it was not heard of for its drain time', async () => {
    const registry = memoryFleetRegistry();
    const clock = new DrivenClock();
    await registry.join(memberOf('killed', { drain: DRAIN }));
    const alive = member(registry, clock, { newId: () => 'alive' });
    await alive.enter('prepare');
    const controller = new AbortController();
    const { signal } = controller;
    const seen: string[] = [];
    const watching = (async () => {
      for await (const sightings of watchFleet({ registry, clock, heartbeat: HEARTBEAT, signal }))
        seen.push(sightings.map(({ member: { id } }) => id).join(' '));
    })();
    const outcome = expect(watching).rejects.toMatchObject({ code: 'Aborted' });
    await clock.advance(DRAIN + 3 * HEARTBEAT);
    expect([seen[0], seen.at(-1)]).toEqual(['killed alive', 'alive']);
    expect(Object.keys(await recorded(registry))).toEqual(['alive']);
    controller.abort();
    await outcome;
    await alive.leave();
  });
});
