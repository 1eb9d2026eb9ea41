import type { Scenario } from '@org/storage-testkit/simulator';
import { create, del, exists, list, read, remove, update, write } from '../clients.js';
import { World } from '../world.js';

/** Applications in the mode `hybrid`, beside the copying of files. */
export const overlay: Readonly<Record<string, Scenario>> = {
  'a write, a delete and a read beside the backfill'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('A', 'hybrid', [write('v2')]);
    world.application('D', 'hybrid', [del()]);
    world.application('R', 'hybrid', [read()]);
    world.backfill('B');
    return () => world.checkHistory();
  },
  'an update beside a write and the backfill'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('A', 'hybrid', [update('v2')]);
    world.application('P', 'hybrid', [write('v3')]);
    world.backfill('B');
    return () => world.checkHistory();
  },
  'two creates beside a delete'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('A', 'hybrid', [create('v2')]);
    world.application('C', 'hybrid', [create('v3')]);
    world.application('D', 'hybrid', [del()]);
    return () => world.checkHistory();
  },
  'two conditional deletes beside the backfill'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('A', 'hybrid', [remove()]);
    world.application('B', 'hybrid', [remove()]);
    world.backfill('M');
    return () => world.checkHistory();
  },
  'a create beside the backfill and the clean-up'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('A', 'hybrid', [create('v2'), read()]);
    world.application('D', 'hybrid', [del()]);
    world.backfill('B', ['k'], { retires: true });
    return () => world.checkHistory();
  },
  'reads beside the backfill and the clean-up'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('R', 'hybrid', [read(), read()]);
    world.backfill('B', ['k'], { retires: true });
    return () => world.checkHistory();
  },
  'a writer that crashes, beside two backfills that crash'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('A', 'hybrid', [write('v2'), del()], { crashes: 1 });
    world.application('R', 'hybrid', [read(), read()]);
    world.backfill('B', ['k'], { retires: true, crashes: 1 });
    world.backfill('C', ['k'], { retires: true });
    return () => world.checkHistory();
  },
  'a request that arrives late, and one whose answer is lost'(simulation) {
    const world = new World(simulation, {
      source: { k: 'v1' },
      targetOptions: { faults: { delayed: 1, lostAnswer: 1 } },
    });
    world.application('A', 'hybrid', [write('v2'), read()]);
    world.application('D', 'hybrid', [del(), read()]);
    world.backfill('B', ['k'], { retires: true });
    return () => world.checkHistory();
  },
  'looks and listings beside deletes and the backfill'(simulation) {
    const world = new World(simulation, { source: { a: '1', b: '2', c: '3' } });
    world.application('D', 'hybrid', [del('b'), exists('b'), write('4', 'b')]);
    world.application('L', 'hybrid', [list('a', 'b', 'c')]);
    world.backfill('B', ['b', 'c'], { retires: true });
    return () => world.checkHistory();
  },
  'copies beside deletes of their originals'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('A', 'hybrid', [write('v2'), del()]);
    world.copying('C', 'k', 'copy');
    world.backfill('B', ['k'], { retires: true });
    return async () => {
      await world.checkHistory();
      const copy = world.targetContent('copy');
      if (world.target.files.has('copy') && copy !== 'v1' && copy !== 'v2')
        throw new Error(`${copy} was copied`);
    };
  },
};
