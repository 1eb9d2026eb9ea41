import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Promptness } from '../src/promptness.js';
import { localStorage } from './fixtures.js';

/** A clock, and turns of the event loop, that the test moves. */
function stopped() {
  let time = 0;
  let turn: (() => void) | undefined;
  const holds: boolean[] = [];
  vi.spyOn(performance, 'now').mockImplementation(() => time);
  vi.stubGlobal('setImmediate', (next: () => void) => {
    expect(turn).toBeUndefined(); // one for all
    turn = next;
    const immediate = {
      ref: () => holds.push(true) && immediate,
      unref: () => holds.push(false) && immediate,
    };
    return immediate;
  });
  onTestFinished(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });
  const promptness = new Promptness(true);
  const made: string[] = [];
  const call = (name: string, milliseconds: number) =>
    promptness.call(
      () => {
        time += milliseconds;
        made.push(name);
      },
      async () => void made.push(`${name} elsewhere`),
    );
  const nextTurn = () => {
    const begin = turn ?? expect.unreachable('nobody asks for a turn');
    turn = undefined;
    begin();
  };
  const wait = (milliseconds: number) => {
    time += milliseconds;
  };
  /** Whether the process stays for the next turn. */
  const isHeld = () => holds.at(-1);
  return { call, made, nextTurn, wait, isHeld };
}

describe('calls of a file system', () => {
  it('that is not known to be on this machine are never made at once', async () => {
    const promptness = new Promptness(false);
    const made = promptness.call(
      () => 'at once',
      async () => 'elsewhere',
    );
    expect(await made).toBe('elsewhere');
  });

  it('that is on this machine are made at once, and fail as they do', async () => {
    const promptness = new Promptness(true);
    const elsewhere = async () => 'elsewhere';
    expect(await promptness.call(() => 'at once', elsewhere)).toBe('at once');
    const failing = promptness.call(() => {
      throw new Error('no such file');
    }, elsewhere);
    await expect(failing).rejects.toThrow('no such file');
  });

  it('are made elsewhere after a slow one, for ten times as long as it took', () => {
    const { call, made, nextTurn, wait } = stopped();
    void call('slow', 20);
    nextTurn();
    wait(199);
    void call('second', 0);
    wait(1);
    void call('third', 0);
    expect(made).toEqual(['slow', 'second elsewhere', 'third']);
  });

  it('are made elsewhere after a slow one that failed, too', async () => {
    const promptness = new Promptness(true);
    let time = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => time);
    onTestFinished(() => void vi.restoreAllMocks());
    const slow = promptness.call(
      () => {
        time += 20;
        throw new Error('slow, and failed');
      },
      async () => 'elsewhere',
    );
    await expect(slow).rejects.toThrow('slow, and failed');
    expect(
      await promptness.call(
        () => 'at once',
        async () => 'elsewhere',
      ),
    ).toBe('elsewhere');
  });

  it('wait for the next turn after two milliseconds of one, in their order, however many there are', () => {
    const { call, made, nextTurn, wait, isHeld } = stopped();
    const all = Array.from({ length: 6 }, (_, i) => `call ${i}`);
    for (const name of all) {
      void call(name, 1);
      wait(1000); // of something else
    }
    expect(made).toEqual(all.slice(0, 2));
    expect(isHeld()).toBe(true);
    nextTurn();
    void call('later', 1);
    expect(made).toEqual(all.slice(0, 4));
    nextTurn();
    expect(made).toEqual(all);
    expect(isHeld()).toBe(true);
    nextTurn();
    expect(made).toEqual([...all, 'later']);
    expect(isHeld()).toBe(false);
  });

  it('that wait for the next turn are made elsewhere if the one before them was slow', () => {
    const { call, made, nextTurn } = stopped();
    void call('slow', 20);
    void call('second', 1);
    void call('third', 1);
    nextTurn();
    expect(made).toEqual(['slow', 'second elsewhere', 'third elsewhere']);
  });
});

it('a program that reads file after file leaves the event loop its turns', async () => {
  const { provider } = await localStorage();
  await provider.upload('file', 'x');
  let time = performance.now() + 60_000;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    time += 0.01; // so that no call is a slow one
    return time;
  });
  onTestFinished(() => void vi.restoreAllMocks());
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  for (let reads = 0; !turned; reads++) {
    expect(reads).toBeLessThan(5_000);
    await provider.stat('file');
  }
});
