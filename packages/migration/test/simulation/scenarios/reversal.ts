import type { Scenario } from '@org/storage-testkit/simulator';
import { sweep } from '../../../src/retire/sweep.js';
import { create, del, exists, read, update, write } from '../clients.js';
import { World } from '../world.js';

/** The ways back, and the end. */
export const reversal: Readonly<Record<string, Scenario>> = {
  'a run that is taken back beside the mode prepare'(simulation) {
    const world = new World(simulation, { copied: { k: 'v1' }, guardsSource: false });
    const handedOver = false;
    world.application('P', 'prepare', [write('v2')], { handedOver });
    world.application('D', 'prepare', [del()], { handedOver });
    world.application('R', 'prepare', [read(), read()], { handedOver });
    world.reversion('X', ['k']);
    return () => world.checkHistory('prepare');
  },
  'the same bytes written again while a run is taken back'(simulation) {
    const world = new World(simulation, { copied: { k: 'v1' }, guardsSource: false });
    const handedOver = false;
    world.application('P', 'prepare', [write('v1')], { handedOver });
    world.application('R', 'prepare', [read()], { handedOver });
    world.reversion('X', ['k']);
    return () => world.checkHistory('prepare');
  },
  'the same bytes made anew while a run is taken back'(simulation) {
    const world = new World(simulation, { copied: { k: 'v1' }, guardsSource: false });
    const handedOver = false;
    world.application('P', 'prepare', [del(), write('v1'), read()], { handedOver });
    world.application('R', 'prepare', [exists()], { handedOver });
    world.reversion('X', ['k']);
    return () => world.checkHistory('prepare');
  },
  'roles exchanged: from the bucket back to a disk'(simulation) {
    const world = new World(simulation, {
      source: { k: 'v1' },
      sourceOptions: { etags: 'content' },
      targetOptions: { etags: 'unique' },
    });
    world.application('A', 'hybrid', [update('v2'), del()]);
    world.application('C', 'hybrid', [create('v3')]);
    world.backfill('B', ['k'], { retires: true });
    return () => world.checkHistory();
  },
  'a sweep beside writes'(simulation) {
    const world = new World(simulation, { tombstones: ['k'] });
    world.application('A', 'target', [create('v2'), read()]);
    world.application('B', 'target', [write('v3'), del()]);
    world.background('S', (process) => sweep('k', world.target.client(process)));
    return () => world.checkHistory('target');
  },
};
