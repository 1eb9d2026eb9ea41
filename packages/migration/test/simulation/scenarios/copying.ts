import { parseKey } from '@org/storage-core';
import { copiedFrom } from '@org/storage-hybrid';
import type { Scenario } from '@org/storage-testkit/simulator';
import { del, read, write } from '../clients.js';
import { PART, World } from '../world.js';

/** A target that keeps the parts of a failed upload. */
const RESUMABLE = { partSize: PART, capabilities: { resumableUpload: 'native' } } as const;

/** The migration itself, which crashes and goes on. */
export const copying: Readonly<Record<string, Scenario>> = {
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
  'a migration that goes on with the parts that a crash or a fault has left'(simulation) {
    const world = new World(simulation, {
      source: { a: 'a'.repeat(2 * PART + 1), b: 'b' },
      targetOptions: { ...RESUMABLE, faults: { lostAnswer: 1, refused: 1 } },
    });
    world.application('D', 'hybrid', [del('a')]);
    world.migration('M', { crashes: 2 });
    return async () => {
      await world.checkMigrated();
      await world.checkHistory();
    };
  },
  'a program that writes into a file whose upload has begun'(simulation) {
    const first = 'a'.repeat(2 * PART + 1);
    const second = 'a'.repeat(PART) + 'b'.repeat(PART + 1);
    const world = new World(simulation, { source: { k: first }, targetOptions: RESUMABLE });
    const begun = world.source.files.get('k')?.metadata.etag;
    world.migration('M', { crashes: 1 });
    world.overwriting('P', 'k', second);
    return async () => {
      await simulation.settle((process) => world.migrate(process));
      const copy = world.target.files.get('k');
      if (copy === undefined) throw new Error('k is not copied');
      const expected = copiedFrom(copy.metadata) === begun ? first : second;
      if (copy.content !== expected)
        throw new Error('the copy goes by the name of another content');
      if (world.target.unfinishedUploads.length > 0) throw new Error('parts are left');
    };
  },
  'a program that writes into a file while it is copied'(simulation) {
    const world = new World(simulation, {
      source: { k: 'old old old' },
      sourceOptions: { chunkSize: 4 },
    });
    world.migration('M');
    world.overwriting('P', 'k', 'new new new');
    return () => {
      const copy = world.target.files.get('k')?.content;
      if (copy !== undefined && copy !== 'old old old' && copy !== 'new new new')
        throw new Error(`a mixture was copied: ${copy}`);
    };
  },
  'copies that are missing from the target, made again beside an application'(simulation) {
    const world = new World(simulation, {
      ...{ source: { a: '1', b: '2' }, copied: { c: '3' }, missing: ['a', 'b', 'c'] },
      targetOptions: { faults: { lostAnswer: 1 } },
    });
    const retired = world.journal.files.get(parseKey('c'));
    world.application('D', 'hybrid', [del('a'), read('a')]);
    world.application('A', 'hybrid', [read('b'), write('4', 'b')]);
    world.migration('M', { crashes: 1, missing: true });
    return async () => {
      await simulation.settle((process) => world.migrate(process, true));
      if (world.targetContent('a') !== undefined) throw new Error('a deleted file came back');
      if (world.targetContent('b') !== '4') throw new Error('what was written is lost');
      if (world.journal.files.get(parseKey('c'))?.archived !== retired?.archived)
        throw new Error('it is forgotten where in the archive c is');
      await world.checkHistory();
    };
  },
  'a retirement of what was never copied'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.application('A', 'hybrid', [write('v2'), read()]);
    world.application('R', 'hybrid', [read()]);
    world.retirement('M', 'k');
    return () => world.checkHistory();
  },
  'a file that is renamed behind the scan, by a process that crashes'(simulation) {
    const world = new World(simulation, { source: { a: '1', m: '2' } });
    const process = simulation.process('A');
    process.spawn('move m to b', async () => {
      await world.storage(process, 'hybrid').move('m', 'b');
    });
    simulation.crashes({ of: process, atMost: 1 });
    world.migration('M');
    return async () => {
      await world.checkMigrated();
      const contents = ['b', 'm'].map((key) => world.targetContent(key));
      if (!contents.includes('2')) throw new Error('the file is under neither name');
    };
  },
  'a file that fails, and others behind it'(simulation) {
    const world = new World(simulation, {
      source: { a: '1', b: '2', c: '3' },
      targetOptions: { faults: { refused: 2, throttled: 1 } },
    });
    world.migration('M', { crashes: 1 });
    return () => world.checkMigrated();
  },
  'a file that another program changes to the same size between two runs'(simulation) {
    const world = new World(simulation, { source: { k: 'v1' } });
    world.migration('M');
    world.overwriting('P', 'k', 'v2');
    return async () => {
      const { files } = await simulation.settle((process) => world.migrate(process));
      if (world.targetContent('k') !== 'v2' && files.conflict.files !== 1)
        throw new Error('a changed file was skipped');
    };
  },
};
