import { getEventListeners } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nativeLocks } from '../src/native-locks.js';
import { RootAccess } from '../src/root-access.js';
import { temporaryDirectory } from './fixtures.js';

/** The locks of a root, one of which is held until `release` is called; `done` tells what has had its turn. */
async function held() {
  const access = new RootAccess(await temporaryDirectory(), () => ({
    create: false,
    trash: undefined,
    durability: 'fsync',
    native: nativeLocks(),
  }));
  const root = await access.writable();
  const done: string[] = [];
  const hold = (name: string, signal?: AbortSignal, run = () => Promise.resolve()) =>
    root.locks.hold(root, 'key', signal, true, async () => {
      await run();
      done.push(name);
    });
  const { promise: held, resolve: release } = withResolvers();
  const { promise: taken, resolve: take } = withResolvers();
  onTestFinished(() => {
    release(); // a test that fails may not have come to it
    return access.close();
  });
  const first = hold('first', undefined, () => {
    take();
    return held;
  });
  await taken;
  return { hold, done, release, first };
}

function withResolvers() {
  let resolve = () => {};
  const promise = new Promise<void>((call) => {
    resolve = call;
  });
  return { promise, resolve };
}

describe('whoever waits for its turn at a lock', () => {
  it('is let go when it is aborted, and not when the turn comes', async () => {
    const { hold, done, release, first } = await held();
    const abort = new AbortController();
    const waiting = hold('aborted', abort.signal);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'Aborted' });
    expect(done).toEqual([]);
    release();
    await first;
    expect(done).toEqual(['first']);
  });

  it('does not begin to wait when it is aborted already', async () => {
    const { hold, done, release, first } = await held();
    await expect(hold('aborted', AbortSignal.abort())).rejects.toMatchObject({ code: 'Aborted' });
    release();
    await first;
    expect(done).toEqual(['first']);
  });

  it('keeps its place when one before it is aborted', async () => {
    const { hold, done, release, first } = await held();
    const abort = new AbortController();
    const second = hold('second', abort.signal);
    const third = hold('third');
    abort.abort();
    await expect(second).rejects.toMatchObject({ code: 'Aborted' });
    await new Promise(setImmediate); // the third would begin now, beside the first
    expect(done).toEqual([]);
    release();
    await Promise.all([first, third]);
    expect(done).toEqual(['first', 'third']);
  });

  it('leaves nothing with its signal', async () => {
    const { hold, release, first } = await held();
    const { signal } = new AbortController();
    const second = hold('second', signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    release();
    await Promise.all([first, second]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
