import type { Scenario } from '@org/storage-testkit/simulator';
import { create, del, list, read, remove, update, write } from '../clients.js';
import { World } from '../world.js';

/** Processes in neighbouring modes, as a rolling deploy has them. */
export const fleet: Readonly<Record<string, Scenario>> = {
  'the modes source and prepare side by side'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' }, guardsSource: false });
    world.application('A', 'source', [write('v2'), del()]);
    world.application('P', 'prepare', [write('v3'), read()]);
    world.application('R', 'source', [read()]);
    world.application('Q', 'prepare', [read()]);
    return () => world.checkHistory('prepare');
  },
  'the modes prepare and hybrid side by side'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' }, guardsSource: false });
    const handedOver = false;
    world.application('P', 'prepare', [write('v2'), read()], { handedOver });
    world.application('H', 'hybrid', [write('v3')], { handedOver });
    world.application('R', 'prepare', [read()], { handedOver });
    world.application('S', 'hybrid', [read()], { handedOver });
    return () => world.checkHistory();
  },
  'deletes in the modes prepare and hybrid side by side'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' }, guardsSource: false });
    const handedOver = false;
    world.application('P', 'prepare', [del(), write('v2')], { handedOver });
    world.application('H', 'hybrid', [del()], { handedOver });
    world.application('R', 'prepare', [read()], { handedOver });
    return () => world.checkHistory();
  },
  'conditional changes in the modes prepare and hybrid side by side'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' }, guardsSource: false });
    const handedOver = false;
    world.application('P', 'prepare', [write('v2')], { handedOver });
    world.application('U', 'prepare', [update('v3')], { handedOver });
    world.application('H', 'hybrid', [update('v4'), remove()], { handedOver });
    return () => world.checkHistory();
  },
  'the modes hybrid and target side by side'(simulation) {
    const world = new World(simulation, { target: { k: 'v1' } });
    world.application('T', 'target', [del(), write('v2'), create('v3')]);
    world.application('H', 'hybrid', [write('v4'), read()]);
    world.application('R', 'target', [read()]);
    return () => world.checkHistory('target');
  },
  'listings in the modes source, prepare and hybrid'(simulation) {
    const world = new World(simulation, { source: { a: '1', b: '2' }, guardsSource: false });
    const handedOver = false;
    const earlier = simulation.choose(2, 'the earlier modes') === 0;
    world.application('A', earlier ? 'source' : 'hybrid', [write('3', 'b'), del('a')], {
      handedOver,
    });
    world.application('P', 'prepare', [write('4', 'c'), del('b')], { handedOver });
    world.application('L', 'prepare', [list('a', 'b', 'c')], { handedOver });
    return () => world.checkHistory('prepare');
  },
};
