import { describe, expect, it } from 'vitest';
import { DirectorySync } from '../src/directory-sync.js';
import { systemError } from './faults.js';

/** Directories whose syncs are held until the test lets them go on. */
function heldSyncs() {
  const started: { readonly of: bigint; finish(error?: Error): void }[] = [];
  const directory = (ino: bigint) => ({
    stat: async () => ({ dev: 1n, ino }),
    sync: () =>
      new Promise<void>((resolve, reject) => {
        started.push({
          of: ino,
          finish: (error) => (error === undefined ? resolve() : reject(error)),
        });
      }),
  });
  const syncs = new DirectorySync();
  const done: string[] = [];
  const sync = (name: string, of: ReturnType<typeof directory>) =>
    syncs.sync(of).then(
      () => void done.push(name),
      () => void done.push(`${name} failed`),
    );
  // Nothing here waits for the system: a turn of the loop is enough.
  const settle = () => new Promise((turn) => setImmediate(turn));
  return { one: directory(1n), two: directory(2n), started, sync, done, settle };
}

describe('syncs of a directory', () => {
  it('that come during one share the next: the one under way may be too early for them', async () => {
    const { one, started, sync, done, settle } = heldSyncs();
    const calls = [sync('first', one)];
    await settle();
    calls.push(sync('second', one), sync('third', one));
    await settle();
    expect(started).toHaveLength(1);
    started[0]?.finish();
    await settle();
    expect(done).toEqual(['first']);
    expect(started).toHaveLength(2);
    calls.push(sync('fourth', one));
    await settle();
    started[1]?.finish();
    await settle();
    expect(done).toEqual(['first', 'second', 'third']);
    started[2]?.finish();
    await Promise.all(calls);
    expect(done).toEqual(['first', 'second', 'third', 'fourth']);
    expect(started).toHaveLength(3);
  });

  it('that fail tell all who shared them, and not those who come later', async () => {
    const { one, started, sync, done, settle } = heldSyncs();
    const calls = [sync('first', one)];
    await settle();
    calls.push(sync('second', one), sync('third', one));
    await settle();
    started[0]?.finish(systemError('EIO'));
    await settle();
    started[1]?.finish();
    await Promise.all(calls);
    expect(done).toEqual(['first failed', 'second', 'third']);
  });

  it('of two directories do not wait for each other', async () => {
    const { one, two, started, sync, settle } = heldSyncs();
    const calls = [sync('one', one), sync('two', two)];
    await settle();
    expect(started.map(({ of }) => of)).toEqual([1n, 2n]);
    for (const { finish } of started) finish();
    await Promise.all(calls);
  });
});
