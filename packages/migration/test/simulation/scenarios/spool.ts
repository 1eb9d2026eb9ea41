import type { Scenario } from '@org/storage-testkit/simulator';
import { create, del, read, update, write } from '../clients.js';
import { World } from '../world.js';

/** Writes go to a disk that all processes share while the target is away, and to the target when it is back. */
export const spool: Readonly<Record<string, Scenario>> = {
  'writes in an outage, and a drain'(simulation) {
    const world = new World(simulation, { target: { k: 'v0' }, spool: true });
    world.application('A', 'hybrid', [write('v1'), read()]);
    world.application('P', 'hybrid', [write('v2')]);
    world.outage();
    world.drain('D');
    return () => world.checkDrained();
  },
  'writes, a delete and reads in an outage, and two drains'(simulation) {
    const world = new World(simulation, { target: { k: 'v0' }, spool: true });
    world.application('A', 'hybrid', [write('v1'), del()]);
    world.application('R', 'hybrid', [read(), read()]);
    world.outage();
    world.drain('D');
    world.drain('E');
    return () => world.checkDrained();
  },
  'two drains of one entry beside a writer'(simulation) {
    const world = new World(simulation, { target: { k: 'v0' }, spool: { k: 'v1' } });
    world.application('A', 'hybrid', [write('v2'), read()]);
    world.application('R', 'hybrid', [read()]);
    world.drain('D');
    world.drain('E');
    return () => world.checkDrained();
  },
  'a drain that crashes, beside a writer that crashes'(simulation) {
    const world = new World(simulation, { source: { k: 'v0' }, spool: true });
    world.application('A', 'hybrid', [write('v1'), write('v2')], { crashes: 1 });
    world.application('R', 'hybrid', [read()]);
    world.outage();
    world.drain('D', { crashes: 2 });
    return () => world.checkDrained();
  },
  'a file of the source, deleted and written in an outage, beside the backfill'(simulation) {
    const world = new World(simulation, { source: { k: 'v0' }, spool: true });
    world.application('A', 'hybrid', [del(), write('v1')]);
    world.application('R', 'hybrid', [read(), read()]);
    world.backfill('B', ['k'], { retires: true });
    world.outage();
    world.drain('D');
    return () => world.checkDrained();
  },
  'conditional changes beside writes to the spool'(simulation) {
    const world = new World(simulation, { target: { k: 'v0' }, spool: true });
    world.application('A', 'hybrid', [update('v1')]);
    world.application('P', 'hybrid', [write('v2'), read()]);
    world.application('C', 'hybrid', [create('v3'), read()]);
    world.outage();
    world.drain('D');
    return () => world.checkDrained();
  },
  'lost answers and late requests, with a spool'(simulation) {
    const world = new World(simulation, {
      target: { k: 'v0' },
      spool: true,
      targetOptions: { faults: { lostAnswer: 1, refused: 1 } },
    });
    world.application('A', 'hybrid', [write('v1'), read()]);
    world.application('P', 'hybrid', [write('v2'), read()]);
    world.drain('D');
    return () => world.checkDrained();
  },
  'reads from the source in an outage, with a spool'(simulation) {
    const world = new World(simulation, { source: { k: 'v0' }, spool: true });
    world.application('A', 'hybrid', [write('v1'), del()]);
    world.application('R', 'hybrid', [read(), read()], { failover: { reads: 'source' } });
    world.outage();
    world.drain('D');
    return () => world.checkDrained();
  },
  'a migration beside a writer that crashes, with a spool'(simulation) {
    const world = new World(simulation, { source: { k: 'v0' }, spool: true });
    world.application('A', 'hybrid', [write('v1')], { crashes: 1 });
    world.outage();
    world.drain('D');
    world.migration('M');
    return async () => {
      await world.checkDrained();
      await world.checkMigrated();
    };
  },
  'a slow write to the target beside an entry that is drained'(simulation) {
    const world = new World(simulation, { target: { k: 'v0' }, spool: true });
    world.application('A', 'target', [write('v1'), read(), read()]);
    world.spooling('P', 'k', 'v2');
    world.drain('D');
    return () => world.checkDrained();
  },
};
