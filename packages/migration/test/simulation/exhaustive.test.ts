import { explore, type Scenario } from '@org/storage-testkit/simulator';
import { afterAll, describe, expect, test } from 'vitest';
import { create, del, read, remove, update, write } from './clients.js';
import { World, type WorldOptions } from './world.js';

/** What the stores hold at first. */
const BEGINNINGS: Readonly<Record<string, WorldOptions>> = {
  'nothing anywhere': {},
  'a file in the source': { source: { k: 'old' } },
  'a file in the target': { target: { k: 'old' } },
  'a file in both': { source: { k: 'shadowed' }, target: { k: 'old' } },
  'a tombstone': { tombstones: ['k'] },
};

/** Who works, each in a process of its own. */
const ACTORS: Readonly<Record<string, (world: World, name: string) => void>> = {
  read: (world, name) => world.application(name, 'hybrid', [read()]),
  write: (world, name) => world.application(name, 'hybrid', [write(name)]),
  delete: (world, name) => world.application(name, 'hybrid', [del()]),
  create: (world, name) => world.application(name, 'hybrid', [create(name)]),
  update: (world, name) => world.application(name, 'hybrid', [update(name)]),
  remove: (world, name) => world.application(name, 'hybrid', [remove()]),
  migration: (world, name) => world.backfill(name, ['k'], { retires: true }),
};

const names = Object.keys(ACTORS);
/** But for two migrations, which have too many orders: there, chance explores. */
const pairs = names.flatMap((first, i) =>
  first === 'migration' ? [] : names.slice(i).map((second) => [first, second]),
);
/** Of three at once, those that the protocol turns on. */
const triples = [
  ['migration', 'delete', 'read'],
  ['migration', 'write', 'read'],
  ['migration', 'write', 'delete'],
  ['delete', 'write', 'read'],
];

const done: Record<string, Record<string, number>> = {};

afterAll(() => console.table(done));

/** Every order in which these may take their steps. @returns how many there are. */
async function exploreAll(options: WorldOptions, actors: readonly string[]): Promise<number> {
  const scenario: Scenario = (simulation) => {
    const world = new World(simulation, options);
    for (const [i, actor] of actors.entries()) ACTORS[actor]?.(world, `${actor} ${i}`);
    return () => world.checkHistory();
  };
  const found = await explore({ scenario, schedules: 'all' });
  if (found.violation !== undefined) throw found.violation.error;
  expect(found.complete).toBe(true);
  return found.schedules;
}

describe.each(Object.entries(BEGINNINGS))('%s', (beginning, options) => {
  const explored: Record<string, number> = {};
  done[beginning] = explored;

  test.each(Object.entries({ 'two at once': pairs, 'three at once': triples }))(
    '%s, in every order there is',
    async (name, sets) => {
      let schedules = 0;
      for (const actors of sets) schedules += await exploreAll(options, actors);
      explored[name] = schedules;
    },
    600_000,
  );
});
