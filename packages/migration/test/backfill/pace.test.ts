import { Readable } from 'node:stream';
import { MemoryStorageProvider } from '@org/storage-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pace } from '../../src/backfill/pace.js';
import type { PaceOptions } from '../../src/backfill/pace-state.js';
import { slowed } from '../../src/backfill/slowed-source.js';
import type { Control } from '../../src/index.js';
import { altered } from '../fixtures.js';
import { ManualClock } from './manual-clock.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A pace, and what another process sets. */
async function setting(options: PaceOptions) {
  const clock = new ManualClock();
  const pace = new Pace(options, () => {});
  let current: Control = { paused: false };
  const end = await pace.follow({ control: async () => current }, clock);
  const control = async (wanted: Control) => {
    current = wanted;
    clock.advance(1_000);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { pace, control, end };
}

/** Files that begin and end at once, as many as may, up to a thousand. */
function files(pace: Pace) {
  const begun = { count: 0 };
  const all = (async () => {
    while (begun.count < 1_000 && (await pace.enter())) {
      begun.count++;
      pace.leave();
    }
  })();
  return { begun, all };
}

describe('a pace', () => {
  it('begins so many files a second, at another rate as soon as it is set', async () => {
    const { pace, control, end } = await setting({ rate: 10 });
    const { begun, all } = files(pace);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(begun.count).toBe(11); // the first one at once
    await control({ paused: false, rate: 100 });
    const before = begun.count;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(begun.count - before).toBeGreaterThanOrEqual(99);
    expect(begun.count - before).toBeLessThanOrEqual(111); // a tenth of a second may be saved up
    pace.close();
    await all;
    end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has as many places as it is set to, and takes none back from who is under way', async () => {
    const { pace, control, end } = await setting({ concurrency: 3 });
    const entered: boolean[] = [];
    const enter = () => void pace.enter().then((may) => entered.push(may));
    for (let file = 0; file < 3; file++) {
      enter();
      await vi.advanceTimersByTimeAsync(0);
    }
    enter();
    await vi.advanceTimersByTimeAsync(0);
    expect(entered).toEqual([true, true, true]);
    await control({ paused: false, concurrency: 1 });
    pace.leave();
    pace.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(entered).toHaveLength(3);
    pace.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(entered).toHaveLength(4);
    enter();
    await vi.advanceTimersByTimeAsync(0);
    pace.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(entered).toEqual([true, true, true, true, false]);
    end();
  });

  it('slows the reading of a file that is under way, and lets it go again', async () => {
    const { pace, control, end } = await setting({});
    const memory = new MemoryStorageProvider();
    await memory.upload('a', 'x');
    const large = altered(memory, {
      download: async (...args) => {
        const { metadata, body } = await memory.download(...args);
        body.destroy();
        const chunks = Array.from({ length: 1_000 }, () => Buffer.alloc(1_000));
        return { metadata, body: Readable.from(chunks, { objectMode: false }) };
      },
    });
    const { body } = await slowed(large, pace.bandwidth).download('a');
    const chunks = body[Symbol.asyncIterator]();
    await chunks.next();
    await control({ paused: false, bandwidth: 10_000 });
    let read = 0;
    const rest = (async () => {
      for (let next = await chunks.next(); !next.done; next = await chunks.next())
        read += next.value.byteLength;
    })();
    await vi.advanceTimersByTimeAsync(1_000);
    const buffered = 2 * body.readableHighWaterMark + 20_000;
    expect(read).toBeGreaterThanOrEqual(9_000);
    expect(read).toBeLessThanOrEqual(10_000 + buffered);
    await control({ paused: false });
    await vi.advanceTimersByTimeAsync(1_000);
    await rest;
    expect(read).toBeGreaterThan(900_000);
    end();
  });
});
