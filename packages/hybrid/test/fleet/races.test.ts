import { describe, expect, it } from 'vitest';
import {
  compatible,
  type FleetMember,
  memoryFleetRegistry,
  requireStages,
  type Stage,
} from '../../src/index.js';
import { DRAIN, DrivenClock, HEARTBEAT, MARGIN, member, recorded } from './fixtures.js';
import { type Choose, everySchedule, Scheduler } from './schedules.js';

/** Where one comes from, and the stages that it wants to be in, one after the other. */
interface Traveller {
  readonly from?: Stage;
  readonly to: readonly Stage[];
}

const RACES: Readonly<Record<string, readonly Traveller[]>> = {
  'two new ones': [{ to: ['source'] }, { to: ['hybrid'] }],
  'a new one and one that goes on': [{ to: ['prepare'] }, { from: 'hybrid', to: ['settled'] }],
  'one that goes on and one that goes back': [
    { from: 'hybrid', to: ['settled'] },
    { from: 'hybrid', to: ['prepare'] },
  ],
  'one that goes two steps and a new one': [
    { from: 'prepare', to: ['hybrid', 'settled'] },
    { to: ['prepare'] },
  ],
};

/** One race of them; throws as soon as two act in stages that are not compatible. Tells how many have arrived. */
async function race(travellers: readonly Traveller[], choose: Choose, faults = 0): Promise<number> {
  const registry = memoryFleetRegistry();
  const scheduler = new Scheduler(choose, faults);
  const clock = new DrivenClock();
  const acting = new Map<FleetMember, readonly Stage[]>();
  const members: FleetMember[] = [];
  for (const { from } of travellers) {
    let held: ReturnType<typeof scheduler.view> = registry;
    const view = new Proxy(registry, { get: (_, name) => Reflect.get(held, name) });
    const one = member(view, clock);
    if (from !== undefined) {
      expect(await one.enter(from)).toBeUndefined();
      await one.entered(from);
      acting.set(one, [from]);
    }
    held = scheduler.view(registry);
    members.push(one);
  }
  let arrived = 0;
  const travel = async (one: FleetMember, stages: readonly Stage[]) => {
    for (const stage of stages) {
      const before = acting.get(one) ?? [];
      if ((await one.enter(stage).catch(() => 'failed')) !== undefined) return;
      acting.set(one, [...before, stage]);
      // Here its operations in the stage before end.
      acting.set(one, [stage]);
      await one.entered(stage);
    }
    arrived += 1;
  };
  const journeys = members.map((one, at) => travel(one, travellers[at]?.to ?? []));
  await scheduler.run(() => {
    const stages = [...acting.values()];
    for (const some of stages)
      for (const others of stages)
        for (const a of some)
          for (const b of others) if (!compatible(a, b)) throw new Error(`${a} beside ${b}`);
  });
  await Promise.all(journeys);
  // What was announced and not entered is taken back, by the next beat at the latest.
  const beats = clock.advance(HEARTBEAT);
  await scheduler.run(() => {});
  await beats;
  await scheduler.run(() => {});
  const expected = Object.fromEntries(
    [...acting].map(([one, stages]) => [one.id, stages.join(' ')]),
  );
  expect(await recorded(registry)).toEqual(expected);
  return arrived;
}

describe('members that enter at the same time, in every order of their requests', () => {
  for (const [name, travellers] of Object.entries(RACES)) {
    it(`${name}: never both`, async () => {
      const outcomes = new Set<number>();
      const runs = await everySchedule(async (choose) => {
        outcomes.add(await race(travellers, choose));
      });
      expect(runs).toBeGreaterThan(1);
      expect(outcomes).toContain(1); // where one comes before the other
      expect(outcomes).not.toContain(2);
    });

    it(`${name}: never both, although a request or its answer is lost`, async () => {
      const runs = await everySchedule(async (choose) => {
        await race(travellers, choose, 1);
      });
      expect(runs).toBeGreaterThan(1);
    });
  }

  it('three new ones: never two', async () => {
    const travellers = (['source', 'hybrid', 'target'] as const).map((to) => ({ to: [to] }));
    const outcomes = new Set<number>();
    await everySchedule(async (choose) => {
      outcomes.add(await race(travellers, choose));
    });
    expect([...outcomes].sort()).toEqual([0, 1]);
  });

  /** A race of migrators, each of a group or alone. @returns how many have held a lease, in each of the orders. */
  async function raceOfMigrators(groups: readonly (string | undefined)[]) {
    const outcomes = new Set<number>();
    let most = 0;
    await everySchedule(async (choose) => {
      const registry = memoryFleetRegistry();
      const scheduler = new Scheduler(choose);
      const clock = new DrivenClock();
      const tokens: number[] = [];
      const holders: (string | undefined)[] = [];
      const migrate = async (group: string | undefined) => {
        const timing = { clock, heartbeat: HEARTBEAT, drain: DRAIN, margin: MARGIN };
        const lease = await requireStages({
          ...{ registry: scheduler.view(registry), group, ...timing },
          allowed: ['settled'],
        }).catch(() => undefined);
        if (lease === undefined) return;
        tokens.push(lease.token);
        const beside = holders.some((other) => other === undefined || other !== group);
        holders.push(group);
        most = Math.max(most, holders.length);
        if (beside) throw new Error('two leases');
        await settleOnce(scheduler);
        holders.splice(holders.indexOf(group), 1);
        await lease.release();
      };
      const all = groups.map(migrate);
      await scheduler.run(() => {});
      await Promise.all(all);
      outcomes.add(tokens.length);
      if (new Set(groups).size < groups.length && groups[0] !== undefined) return;
      expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    });
    return { outcomes, most };
  }

  it('two migrators: never both, and tokens in the order of the leases', async () => {
    const { outcomes, most } = await raceOfMigrators([undefined, undefined]);
    expect(outcomes).toContain(1);
    expect(most).toBe(1);
  });

  it('two migrators of a group: always both', async () => {
    const { outcomes, most } = await raceOfMigrators(['journal', 'journal']);
    expect([...outcomes]).toEqual([2]);
    expect(most).toBe(2);
  });

  it('a migrator of a group and one that is alone, or of another group: never both', async () => {
    for (const other of [undefined, 'another'])
      expect((await raceOfMigrators(['journal', other])).most).toBe(1);
  });
});

/** Holds a lease for as long as it takes the others to get a request through. */
async function settleOnce(scheduler: Scheduler): Promise<void> {
  await scheduler.view(memoryFleetRegistry()).list();
}
