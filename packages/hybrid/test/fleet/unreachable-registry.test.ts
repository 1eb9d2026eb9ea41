import { StorageError } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { memoryFleetRegistry } from '../../src/index.js';
import {
  away,
  DRAIN,
  DrivenClock,
  enterWholly,
  HEARTBEAT,
  MARGIN,
  member,
  recorded,
  settle,
  UnsteadyRegistry,
} from './fixtures.js';

describe('a member that can’t reach the registry', () => {
  it('enters nothing, and says why', async () => {
    const registry = new UnsteadyRegistry();
    const one = member(registry, new DrivenClock());
    registry.failure = { error: away, carriedOut: false };
    await expect(one.enter('hybrid')).rejects.toMatchObject({ message: away.message });
    registry.failure = undefined;
    await enterWholly(one, 'hybrid'); // at once, since it is in no stage
  });

  it('makes a StorageError of whatever a registry throws', async () => {
    const registry = new UnsteadyRegistry();
    const one = member(registry, new DrivenClock());
    registry.failure = { error: new TypeError('oh'), carriedOut: false };
    await expect(one.enter('hybrid')).rejects.toBeInstanceOf(StorageError);
  });

  it('is not asked again and again while it is in a stage, but at the next beat', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    const one = member(registry, clock, { newId: () => 'one' });
    await enterWholly(one, 'hybrid');
    registry.failure = { error: away, carriedOut: false };
    await expect(one.enter('settled')).rejects.toThrow(away.message);
    const { total } = registry;
    await expect(one.enter('settled')).rejects.toThrow(away.message);
    expect(registry.total).toBe(total);
    expect(one.failure?.message).toBe(away.message);
    registry.failure = undefined;
    await clock.advance(HEARTBEAT);
    expect(one.failure).toBeUndefined();
    await enterWholly(one, 'settled');
    expect(await recorded(registry)).toEqual({ one: 'settled' });
  });

  it('does not go on past a record that it does not understand', async () => {
    const registry = new UnsteadyRegistry();
    const one = member(registry, new DrivenClock());
    registry.before = (name) => {
      if (name === 'list') throw new StorageError('Unsupported', 'a newer release’s record');
    };
    await expect(one.enter('hybrid')).rejects.toMatchObject({ code: 'Unsupported' });
  });

  it('may write to the source until others could take it for gone, less the margin', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    const one = member(registry, clock);
    await enterWholly(one, 'prepare');
    registry.failure = { error: away, carriedOut: false };
    await clock.advance(DRAIN - MARGIN);
    expect(one.writeObstacle('prepare')).toBeUndefined();
    await clock.advance(1);
    expect(one.writeObstacle('prepare')).toContain('lost touch with the fleet');
    expect(one.writeObstacle('prepare')).toContain(away.message);
    expect(one.writeObstacle('source')).toBeDefined();
    for (const stage of ['hybrid', 'settled', 'target'] as const)
      expect(one.writeObstacle(stage)).toBeUndefined();
    registry.failure = undefined;
    await clock.advance(HEARTBEAT);
    expect(one.writeObstacle('prepare')).toBeUndefined();
  });

  it('knows after a pause that it may be taken for gone, before its next beat', async () => {
    const clock = new DrivenClock();
    const one = member(memoryFleetRegistry(), clock);
    await enterWholly(one, 'source');
    clock.pause(DRAIN);
    expect(one.writeObstacle('source')).toContain('lost touch');
  });

  it('counts from before a beat was sent, since others may have seen it at once', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    const one = member(registry, clock);
    await enterWholly(one, 'source');
    registry.before = () => clock.pause(DRAIN); // the answer is that late
    await one.renew();
    expect(one.writeObstacle('source')).toContain('lost touch');
  });

  it('goes on writing if it is told to', async () => {
    const clock = new DrivenClock();
    const one = member(memoryFleetRegistry(), clock, { onLostTouch: 'continue' });
    await enterWholly(one, 'source');
    clock.pause(DRAIN);
    expect(one.writeObstacle('source')).toBeUndefined();
    expect(one.outOfTouch).toContain('lost touch');
  });

  it('ends what it could not, at the next beat', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    const one = member(registry, clock, { newId: () => 'one' });
    await enterWholly(one, 'prepare');
    expect(await one.enter('hybrid')).toBeUndefined();
    registry.failure = { error: away, carriedOut: false };
    await one.entered('hybrid');
    registry.failure = undefined;
    expect(await recorded(registry)).toEqual({ one: 'prepare hybrid' });
    await clock.advance(HEARTBEAT);
    expect(await recorded(registry)).toEqual({ one: 'hybrid' });
  });

  it('leaves without an error, and its record is drained', async () => {
    const registry = new UnsteadyRegistry();
    const one = member(registry, new DrivenClock(), { newId: () => 'one' });
    await enterWholly(one, 'source');
    registry.failure = { error: away, carriedOut: false };
    await one.leave();
    registry.failure = undefined;
    expect(await recorded(registry)).toEqual({ one: 'source' });
    await one.leave();
    expect(await recorded(registry)).toEqual({});
  });

  it('does not pile up beats while the registry does not answer', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    const one = member(registry, clock);
    await enterWholly(one, 'hybrid');
    const { total } = registry;
    let answer = () => {};
    registry.before = () =>
      new Promise<void>((resolve) => {
        answer = resolve;
      });
    await clock.advance(5 * HEARTBEAT);
    registry.before = () => {};
    answer();
    await settle();
    expect(registry.total).toBe(total + 1);
  });
});

describe('a member whose requests are carried out, and not answered', () => {
  const lost = { error: away, carriedOut: true };

  it('finds its record by the next beat, and goes on', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    const one = member(registry, clock, { newId: () => 'one' });
    await enterWholly(one, 'source');
    for (let times = 0; times < 3; times++) {
      registry.failure = lost;
      await clock.advance(HEARTBEAT);
      registry.failure = undefined;
      await clock.advance(HEARTBEAT);
      expect(one.outOfTouch).toBeUndefined();
      expect(one.failure).toBeUndefined();
    }
    await one.leave();
    expect(await recorded(registry)).toEqual({});
  });

  it('removes the record of a stage that it did not enter', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    const one = member(registry, clock);
    registry.failure = lost;
    await expect(one.enter('source')).rejects.toThrow();
    registry.failure = undefined;
    expect(Object.values(await recorded(registry))).toEqual(['source']);
    await clock.advance(HEARTBEAT);
    expect(await recorded(registry)).toEqual({});
  });

  it('is not taken for fenced when it has removed its record itself', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    const old = member(registry, clock);
    await enterWholly(old, 'source');
    const one = member(registry, clock);
    registry.before = (name) => {
      registry.failure = name === 'remove' ? lost : undefined;
    };
    expect(await one.enter('hybrid')).toBeDefined();
    registry.before = () => {};
    registry.failure = undefined;
    await old.leave();
    await clock.advance(HEARTBEAT);
    await enterWholly(one, 'hybrid');
    expect(await recorded(registry)).toEqual({ [one.id]: 'hybrid' });
  });
});
