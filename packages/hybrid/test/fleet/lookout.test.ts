import { describe, expect, it } from 'vitest';
import { Lookout } from '../../src/fleet/lookout.js';
import { timingOf } from '../../src/fleet/timing.js';
import { DrivenClock, UnsteadyRegistry } from './fixtures.js';
import { memberOf } from './registry-cases.js';

const DRAIN = 100;

/** Somebody who looks out, and another who was seen unchanged for as long as it takes to be gone. */
async function drained() {
  const registry = new UnsteadyRegistry();
  const clock = new DrivenClock();
  const version = (await registry.join(memberOf('other', { drain: DRAIN }))) ?? '';
  await registry.join(memberOf('own', { drain: 1 }));
  const lookout = new Lookout(registry, timingOf({ clock }), DRAIN);
  await lookout.look('own');
  clock.pause(DRAIN);
  return { registry, clock, version, look: () => lookout.look('own') };
}

describe('the lookout of a member', () => {
  it('removes who is gone, and never its own record', async () => {
    const { registry, look } = await drained();
    expect(await look()).toEqual([]);
    expect((await registry.list()).map(({ member }) => member.id)).toEqual(['own']);
  });

  it('sees a member whose record it could not remove, since it has just beaten', async () => {
    const { registry, version, look } = await drained();
    registry.before = async (name) => {
      if (name !== 'remove') return;
      registry.before = () => {};
      await registry.update(memberOf('other', { drain: DRAIN, beat: 2 }), version);
    };
    expect(await look()).toMatchObject([{ member: { id: 'other', beat: 2 }, silent: 0 }]);
    expect(await registry.list()).toHaveLength(2);
  });

  it('counts only the time between a look’s end and another’s beginning', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    await registry.join(memberOf('other', { drain: DRAIN }));
    const lookout = new Lookout(registry, timingOf({ clock }), DRAIN);
    registry.before = () => clock.pause(DRAIN); // so long it takes to be told
    await lookout.look('own');
    clock.pause(10);
    expect(await lookout.look('own')).toMatchObject([{ silent: 10 }]);
  });
});
