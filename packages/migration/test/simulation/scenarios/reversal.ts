import type { Scenario } from '@org/storage-testkit/simulator';
import { sweep } from '../../../src/retire/sweep.js';
import { create, del, exists, list, read, update, write } from '../clients.js';
import {
  checkArchive,
  checkNothingBeneath,
  inBulk,
  restoring,
  retiring,
  reverting,
  runAgain,
  sweeping,
} from '../runs.js';
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
  'a run that is taken back in bulk, and killed'(simulation) {
    const world = new World(simulation, { copied: { k: 'v1', l: 'w1' }, guardsSource: false });
    const handedOver = false;
    world.application('P', 'prepare', [write('v2')], { handedOver });
    world.application('R', 'prepare', [list('k', 'l'), read('l')], { handedOver });
    inBulk(world, reverting, { crashes: 1 });
    return async () => {
      await runAgain(world, reverting);
      checkArchive(world);
      if (world.target.files.has('l')) throw new Error('a copy was not taken back');
      await world.checkHistory('prepare');
    };
  },
  'files that are retired in bulk, and a kill'(simulation) {
    const world = new World(simulation, { source: { k: 'v1', l: 'w1' } });
    world.application('A', 'hybrid', [write('v2'), del()]);
    world.application('R', 'hybrid', [read('l')]);
    inBulk(world, retiring, { crashes: 1 });
    return async () => {
      await runAgain(world, retiring);
      checkArchive(world);
      if (world.source.files.size > 0) throw new Error('a file was not retired');
      await world.checkHistory();
    };
  },
  'files that are given back beside an application, and a kill'(simulation) {
    const world = new World(simulation, { copied: { k: 'v1', l: 'w1' } });
    world.application('A', 'hybrid', [write('v2'), read()]);
    world.application('D', 'hybrid', [del(), read('l')]);
    inBulk(world, restoring, { crashes: 1 });
    return async () => {
      await runAgain(world, restoring);
      await checkNothingBeneath(world);
      await world.checkHistory();
    };
  },
  'what was given back is retired again'(simulation) {
    const world = new World(simulation, { copied: { k: 'v1' } });
    world.application('A', 'hybrid', [write('v2')]);
    inBulk(world, restoring, { crashes: 1 });
    return async () => {
      await runAgain(world, restoring);
      await runAgain(world, retiring);
      checkArchive(world);
      if (world.source.files.size > 0) throw new Error('a file was not retired');
      await world.checkHistory();
    };
  },
  'a sweep of all tombstones beside writes, and a kill'(simulation) {
    const world = new World(simulation, { tombstones: ['k', 'l'] });
    world.application('A', 'target', [create('v2'), read()]);
    world.application('B', 'target', [write('w2', 'l'), del('l')]);
    inBulk(world, sweeping, { crashes: 1 });
    return async () => {
      await runAgain(world, sweeping);
      await world.checkHistory('target');
    };
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
