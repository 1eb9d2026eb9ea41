import type { Scenario } from '@org/storage-testkit/simulator';
import { sweep } from '../../src/sweep.js';
import { create, del, exists, list, read, remove, update, write } from './clients.js';
import { PART, World } from './world.js';

/** Few operations on one key, in which the protocol's guards are all that keeps the history. */
export const pairs: Readonly<Record<string, Scenario>> = {
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
  'a sweep beside writes'(simulation) {
    const world = new World(simulation, { tombstones: ['k'] });
    world.application('A', 'target', [create('v2'), read()]);
    world.application('B', 'target', [write('v3'), del()]);
    world.background('S', (process) => sweep('k', world.target.client(process)));
    return () => world.checkHistory('target');
  },
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
  'looks and listings beside deletes and the backfill'(simulation) {
    const world = new World(simulation, { source: { a: '1', b: '2', c: '3' } });
    world.application('D', 'hybrid', [del('b'), exists('b'), write('4', 'b')]);
    world.application('L', 'hybrid', [list('a', 'b', 'c')]);
    world.backfill('B', ['b', 'c'], { retires: true });
    return () => world.checkHistory();
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
  'a retirement of what was never copied'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('A', 'hybrid', [write('v2'), read()]);
    world.application('R', 'hybrid', [read()]);
    world.retirement('M', 'k');
    return () => world.checkHistory();
  },
  'the same bytes made anew while a run is taken back'(simulation) {
    const world = new World(simulation, { copied: { k: 'v1' }, guardsSource: false });
    const handedOver = false;
    world.application('P', 'prepare', [del(), write('v1'), read()], { handedOver });
    world.application('R', 'prepare', [exists()], { handedOver });
    world.reversion('X', ['k']);
    return () => world.checkHistory('prepare');
  },
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
  'a migration that crashes, beside an application'(simulation) {
    const world = new World(simulation, { source: { a: '1', b: '2' } });
    world.application('A', 'hybrid', [write('3', 'a'), read('b')]);
    world.application('D', 'hybrid', [del('b'), read('a')]);
    world.migration('M', { crashes: 2 });
    return async () => {
      await world.checkMigrated();
      await world.checkHistory();
    };
  },
  'a migration of files in parts that crashes and meets faults'(simulation) {
    const world = new World(simulation, {
      source: { a: 'a'.repeat(PART + 1), b: 'b' },
      targetOptions: { partSize: PART, faults: { lostAnswer: 1, refused: 2 } },
    });
    world.application('D', 'hybrid', [del('a'), write('new', 'b')]);
    world.migration('M', { crashes: 1 });
    return async () => {
      await world.checkMigrated();
      await world.checkHistory();
    };
  },
  'a program that writes into a file while it is copied'(simulation) {
    const world = new World(simulation, {
      source: { k: 'old and whole' },
      sourceOptions: { chunkSize: 4 },
    });
    world.migration('M');
    world.background('P', (process) =>
      process.step('another program writes into k', () =>
        world.source.overwriteInPlace('k', 'new and whole'),
      ),
    );
    return () => {
      const copy = world.target.files.get('k')?.content;
      if (copy !== undefined && copy !== 'old and whole' && copy !== 'new and whole')
        throw new Error(`a mixture was copied: ${copy}`);
    };
  },
};
