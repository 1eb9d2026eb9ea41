import { describe, expect, it } from 'vitest';
import { forEach } from '../src/worker-pool.js';

async function* numbers(taken: number[]) {
  for (let i = 0; i < 100; i++) {
    taken.push(i);
    yield i;
  }
}

describe('a pool of workers', () => {
  it('works on every item once, no more than its size at a time', async () => {
    let now = 0;
    let most = 0;
    const done: number[] = [];
    await forEach(numbers([]), 7, async (item) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      done.push(item);
    });
    expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(most).toBe(7);
  });

  it('takes no further items after an error, and lets the work in flight end', async () => {
    const taken: number[] = [];
    const done: number[] = [];
    const work = async (item: number) => {
      if (item === 3) throw new Error('three');
      await new Promise((resolve) => setTimeout(resolve, 5));
      done.push(item);
    };
    await expect(forEach(numbers(taken), 4, work)).rejects.toThrow('three');
    expect(taken).toEqual([0, 1, 2, 3]);
    expect(done).toEqual([0, 1, 2]);
  });

  it('does not wait for a place any more after an error', async () => {
    let close = () => {};
    const closed = new Promise<boolean>((resolve) => {
      close = () => resolve(false);
    });
    let entered = 0;
    const places = { enter: async () => ++entered === 1 || closed, leave() {}, close };
    const work = () => Promise.reject(new Error('at once'));
    await expect(forEach(numbers([]), places, work)).rejects.toThrow('at once');
  });
});
