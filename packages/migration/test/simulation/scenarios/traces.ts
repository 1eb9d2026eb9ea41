import { spooled } from '@org/storage-hybrid';
import {
  type Scenario,
  type SimulatedProcess,
  SimulatedStore,
} from '@org/storage-testkit/simulator';
import { contentOf, del, makeCalls, read, write } from '../clients.js';
import { PART, World } from '../world.js';

const LARGE = 'v1'.repeat(PART);

/**
 * The known ways to lose a file or to bring one back, each as small as it can be: what two stores, an application and a
 * migration can do to each other.
 */
export const traces = {
  '1 lost delete'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' }, guardsSource: false });
    world.application('D', 'hybrid', [del()]);
    world.backfill('B');
    return () => world.checkHistory();
  },
  '2 stale overwrite by the backfill'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('A', 'hybrid', [write('v2')]);
    world.backfill('B');
    return () => world.checkHistory();
  },
  '3 crash between the two writes of a naive dual write'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('A', 'hybrid', [write('v2')], { crashes: 1 });
    world.application('R', 'hybrid', [read()]);
    world.backfill('B');
    return () => world.checkHistory();
  },
  '4 verify, then unlink a newer file'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.backfill('B', ['k'], { retires: true });
    const written = world.overwriting('P', 'k', 'v2');
    return () => {
      const left = [world.source, world.target].map(({ files }) => files.get('k')?.content);
      if (written() && !left.includes('v2')) throw new Error('the newer file was removed');
    };
  },
  '5 torn read of a file written in place'(simulation) {
    const world = new World(simulation, {
      source: { k: 'old old old' },
      sourceOptions: { chunkSize: 4 },
    });
    world.backfill('B');
    world.overwriting('P', 'k', 'new new new');
    return () => {
      const copy = world.target.files.get('k')?.content;
      if (copy !== undefined && copy !== 'old old old' && copy !== 'new new new')
        throw new Error(`a mixture was copied: ${copy}`);
    };
  },
  '6 clean-up of a failed copy deletes a newer object'(simulation) {
    const world = new World(simulation, {
      source: { k: LARGE },
      targetOptions: { partSize: PART, faults: { refused: 1 } },
    });
    world.application('A', 'hybrid', [write('v2')]);
    world.backfill('B');
    return () => world.checkHistory();
  },
  '7 ambiguous 412 after a lost answer'(simulation) {
    const world = new World(simulation, {
      source: { k: 'v1' },
      targetOptions: { faults: { lostAnswer: 1 } },
    });
    world.migration('M');
    return () => world.checkMigrated();
  },
  '8 promotion on read resurrects'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('R', 'hybrid', [read()]);
    world.application('D', 'hybrid', [del()]);
    return () => world.checkHistory();
  },
  '9 double miss between two looks'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('R', 'hybrid', [read()]);
    world.backfill('B', ['k'], { retires: true });
    return () => world.checkHistory();
  },
  '10 delete while the target is down'(simulation) {
    const spools = simulation.choose(3, 'a spool') > 0;
    const world = new World(simulation, {
      copied: { k: 'v1' },
      ...(spools ? { spool: true } : {}),
    });
    world.application('D', 'hybrid', [del(), read()]);
    world.outage();
    world.drain('S');
    return () => world.checkDrained();
  },
  '11 overwrite during an outage, then recovery'(simulation) {
    const world = new World(simulation, { target: { k: 'v0' }, spool: true });
    world.application('A', 'hybrid', [write('v1'), write('v2'), read()]);
    world.outage();
    world.drain('S');
    return () => world.checkDrained();
  },
  '12 two hosts spool the same key'(simulation) {
    const world = new World(simulation, { target: { k: 'v0' }, spool: true });
    world.target.down = true;
    world.application('A', 'hybrid', [write('v1')]);
    world.application('P', 'hybrid', [write('v2')]);
    world.background('O', (process) =>
      process.step('the target comes back', () => {
        world.target.down = false;
      }),
    );
    world.drain('S');
    world.drain('T');
    return () => world.checkDrained();
  },
  '13 late drain over a newer write'(simulation) {
    const world = new World(simulation, { target: { k: 'v0' }, spool: { k: 'v1' } });
    world.application('A', 'hybrid', [write('v2')]);
    world.drain('S');
    world.drain('T');
    return () => world.checkDrained();
  },
  '14 disks not shared by all hosts'(simulation) {
    const world = new World(simulation, { target: { k: 'v0' } });
    world.target.down = true;
    for (const [host, value] of ['v1', 'v2'].entries()) hostWithDisk(world, host, value);
    world.background('O', (process) =>
      process.step('the target comes back', () => {
        world.target.down = false;
      }),
    );
    return () => {};
  },
  '15 zombie PUT after a time-out'(simulation) {
    const world = new World(simulation, {
      source: { k: 'v1' },
      targetOptions: { faults: { delayed: 1 } },
    });
    world.application('A', 'hybrid', [write('v2')]);
    world.backfill('B');
    return () => world.checkHistory();
  },
  '16 late CompleteMultipartUpload after a delete'(simulation) {
    const world = new World(simulation, {
      source: { k: LARGE },
      targetOptions: { partSize: PART, faults: { delayed: 1 } },
    });
    world.application('D', 'hybrid', [del()]);
    world.backfill('B');
    return () => world.checkHistory();
  },
  '17 orphaned parts after a crash'(simulation) {
    const world = new World(simulation, {
      source: { k: LARGE },
      targetOptions: { partSize: PART },
    });
    world.migration('M', { crashes: 1 });
    return () => world.checkMigrated();
  },
  '18 crash after PUT, before the journal'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.migration('M', { crashes: 1 });
    return async () => {
      await world.checkMigrated();
      const { k } = world.journal.states();
      if (k !== 'copied' && k !== 'present') throw new Error(`k is ${k}`);
    };
  },
  '19 crash after unlink, before the journal'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.migration('M', { crashes: 1 });
    world.backfill('B', ['k'], { retires: true, crashes: 1 });
    return async () => {
      await world.checkMigrated();
      if (world.targetContent('k') !== 'v1') throw new Error('k is gone');
    };
  },
  '20 compensation after commit'(simulation) {
    const world = new World(simulation, {
      source: { k: 'v1' },
      targetOptions: { faults: { lostAnswer: 1 } },
    });
    world.backfill('B');
    world.backfill('C', ['k'], { retires: true });
    return () => {
      if (world.targetContent('k') !== 'v1' && !world.source.files.has('k'))
        throw new Error('k was taken back after it had been committed');
    };
  },
  '21 an item that fails behind a moving cursor'(simulation) {
    const world = new World(simulation, {
      source: { a: '1', b: '2' },
      targetOptions: { faults: { refused: 1 } },
    });
    world.migration('M', { crashes: 1 });
    return () => world.checkMigrated();
  },
  '22 rename while the scan has passed'(simulation) {
    const world = new World(simulation, {
      source: { a: '1', m: '2' },
      sourceOptions: { pageSize: 1 },
    });
    let complete = false;
    world.background('A', (process) => world.storage(process, 'hybrid').move('m', 'b'));
    world.background('M', async (process) => {
      complete = (await world.migrate(process)).outcome === 'complete';
    });
    return () => {
      const names = ['b', 'm'].filter((key) => world.targetContent(key) === '2');
      if (complete && names.length === 0)
        throw new Error('the file is in the target under no name');
    };
  },
  '23 crash inside a rename'(simulation) {
    const world = new World(simulation, { source: { a: '1' } });
    const process = simulation.process('A');
    process.spawn('move a to b', () => world.storage(process, 'hybrid').move('a', 'b'));
    simulation.crashes({ of: process, atMost: 1 });
    world.backfill('B', ['a']);
    return async () => {
      const left = await simulation.settle(async (settling) => {
        const storage = world.storage(settling, 'hybrid');
        return [await contentOf(storage, 'a'), await contentOf(storage, 'b')];
      });
      if (!left.some((file) => file?.content === '1')) throw new Error('it is under neither name');
    };
  },
  '26 rollback after cloud-only writes'(simulation) {
    const world = new World(simulation, { copied: { k: 'v1' }, guardsSource: false });
    const handedOver = false;
    world.application('A', 'prepare', [write('v2')], { handedOver });
    world.reversion('X', ['k']);
    return () => world.checkHistory('prepare');
  },
  '29 ETag ABA (same content re-created)'(simulation) {
    const world = new World(simulation, { copied: { k: 'v1' }, guardsSource: false });
    const handedOver = false;
    world.application('A', 'prepare', [del(), write('v1')], { handedOver });
    world.reversion('X', ['k']);
    return () => world.checkHistory('prepare');
  },
  '30 an error taken for absence'(simulation) {
    const world = new World(simulation, {
      source: { k: 'v1' },
      sourceOptions: { faults: { refused: 1 } },
      targetOptions: { faults: { refused: 1 } },
    });
    world.application('A', 'hybrid', [write('v2'), read()]);
    return () => world.checkHistory();
  },
} satisfies Readonly<Record<string, Scenario>>;

/**
 * A host that writes to a disk of its own while the target is away. What its drain finds in the target, and did not know of,
 * has to be kept before it is replaced.
 */
function hostWithDisk(world: World, host: number, value: string): void {
  const disk = new SimulatedStore(world.simulation, { name: `disk ${host}`, etags: 'unique' });
  const behindDisk = (process: SimulatedProcess) =>
    spooled(world.target.client(process), {
      ...{ store: disk.client(process), shared: false, drain: false },
      maxBytes: Number.POSITIVE_INFINITY,
    });
  world.background(`A${host}`, (process) => {
    const storage = world.storage(process, 'hybrid', { target: behindDisk(process) });
    return makeCalls(process, storage, world.history, [write(value)], new Set());
  });
  const drain = `S${host}`;
  world.background(drain, (process) => behindDisk(process).drain());
  world.target.onChange(({ before, process }) => {
    if (process?.name !== drain || before === undefined || before.content === 'v0') return;
    const kept = [...disk.files.values()].filter(({ metadata }) =>
      metadata.key.startsWith('.spool/'),
    );
    if (!kept.some(({ content }) => content === before.content))
      throw new Error(`${before.content} of another host was replaced, and not kept`);
  });
}
