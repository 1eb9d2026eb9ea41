import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Promptness } from '../src/promptness.js';
import { localStorage } from './fixtures.js';

/** A clock, and turns of the event loop, that the test moves. */
function stoppedClock() {
  vi.useFakeTimers({ toFake: ['performance', 'setImmediate'] });
  onTestFinished(() => void vi.useRealTimers());
  return {
    call: (promptness: Promptness, milliseconds: number) =>
      promptness.measure(() => void vi.advanceTimersByTime(milliseconds)),
    wait: (milliseconds: number) => vi.advanceTimersByTime(milliseconds),
  };
}

describe('calls of a file system', () => {
  it('that is not known to be on this machine are never made at once', () => {
    expect(new Promptness(false)).toMatchObject({ now: false, immediate: false });
  });

  it('that is on this machine are made at once', () => {
    expect(new Promptness(true)).toMatchObject({ now: true, immediate: true });
  });

  it('are made elsewhere after a slow one, for ten times as long as it took', () => {
    const { call, wait } = stoppedClock();
    const promptness = new Promptness(true);
    call(promptness, 20);
    wait(199);
    expect(promptness.now).toBe(false);
    wait(1);
    expect(promptness.now).toBe(true);
    expect(promptness.immediate).toBe(true);
  });

  it('are made elsewhere after a slow one that failed, too', () => {
    const { wait } = stoppedClock();
    const promptness = new Promptness(true);
    const failing = () =>
      promptness.measure(() => {
        wait(20);
        throw new Error('slow, and failed');
      });
    expect(failing).toThrow('slow, and failed');
    wait(1);
    expect(promptness.now).toBe(false);
  });

  it('leave others their turn, however many there are', () => {
    const turns: (() => void)[] = [];
    vi.stubGlobal('setImmediate', (turn: () => void) => {
      turns.push(turn);
      return { unref: () => {} };
    });
    onTestFinished(() => void vi.unstubAllGlobals());
    let time = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => time);
    onTestFinished(() => void vi.restoreAllMocks());
    const promptness = new Promptness(true);
    for (let calls = 0; calls < 2; calls++) {
      expect(promptness.now).toBe(true);
      promptness.measure(() => {
        time += 1;
      });
      time += 1000; // of something else
    }
    expect(promptness.now).toBe(false);
    expect(turns).toHaveLength(1);
    turns[0]?.();
    expect(promptness.now).toBe(true);
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
