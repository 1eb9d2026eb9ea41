import type { Scenario } from '@org/storage-testkit/simulator';
import { create, del, read, write } from '../clients.js';
import { World } from '../world.js';

/** The target is away for a while. */
export const outage: Readonly<Record<string, Scenario>> = {
  'an outage in which calls fail'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('A', 'hybrid', [write('v2'), read()]);
    world.application('D', 'hybrid', [del(), create('v3')]);
    world.backfill('B', ['k'], { retires: true });
    world.outage();
    return () => world.checkHistory();
  },
  'reads from the source in an outage'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('A', 'hybrid', [write('v2'), del()], { crashes: 1 });
    world.application('R', 'hybrid', [read(), read()], { failover: { reads: 'source' } });
    world.application('S', 'hybrid', [read()], { failover: { reads: 'source' } });
    world.outage();
    return () => world.checkHistory();
  },
  'the source stands in for a target that comes and goes'(simulation) {
    const world = new World(simulation, { source: { k: 'v1', l: 'w1' } });
    world.application('A', 'hybrid', [write('v2'), del('l')]);
    world.application('R', 'hybrid', [read(), read('l')], { failover: { reads: 'source' } });
    world.backfill('B', ['k', 'l']);
    world.outage();
    return () => world.checkHistory();
  },
};
