import { StorageError } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { retry } from '../src/retry.js';

const down = () => new StorageError('Unavailable', 'down');

describe('retry', () => {
  it('repeats a retryable failure until it succeeds, and tells of each', async () => {
    const told: number[] = [];
    const result = await retry(
      async (attempt) => {
        if (attempt < 3) throw down();
        return attempt;
      },
      { firstDelay: 1 },
      undefined,
      ({ attempt }) => told.push(attempt),
    );
    expect(result).toBe(3);
    expect(told).toEqual([1, 2]);
  });

  it('gives up after the last attempt, with its error', async () => {
    let attempts = 0;
    const run = async () => {
      attempts++;
      throw down();
    };
    await expect(
      retry(run, { attempts: 4, firstDelay: 0 }, undefined, () => {}),
    ).rejects.toMatchObject({ code: 'Unavailable' });
    expect(attempts).toBe(4);
  });

  it('does not repeat what can’t succeed', async () => {
    for (const error of [new StorageError('AccessDenied', 'no'), new TypeError('a bug')]) {
      let attempts = 0;
      const run = async () => {
        attempts++;
        throw error;
      };
      await expect(retry(run, {}, undefined, () => {})).rejects.toBe(error);
      expect(attempts).toBe(1);
    }
  });

  it('keeps every delay below its bound', async () => {
    const delays: number[] = [];
    const run = async () => {
      throw down();
    };
    const options = { attempts: 8, firstDelay: 1, maxDelay: 4 };
    await expect(
      retry(run, options, undefined, ({ delay }) => delays.push(delay)),
    ).rejects.toThrow();
    expect(delays).toHaveLength(7);
    delays.forEach((delay, index) => {
      expect(delay).toBeLessThanOrEqual(Math.min(4, 2 ** index));
    });
  });

  it.each([
    [30, 30],
    [3_600_000, 60_000],
  ])(
    'leaves a store alone that asked for %i ms, for a minute at most',
    async (retryAfter, least) => {
      const controller = new AbortController();
      const run = async () => {
        throw new StorageError('Throttled', 'slow down', { retryAfter });
      };
      const delays: number[] = [];
      const retried = retry(run, { firstDelay: 5 }, controller.signal, ({ delay }) => {
        delays.push(delay);
        setImmediate(() => controller.abort());
      });
      await expect(retried).rejects.toMatchObject({ code: 'Aborted' });
      expect(delays).toHaveLength(1);
      expect(delays[0]).toBeGreaterThanOrEqual(least);
      expect(delays[0]).toBeLessThanOrEqual(least + 5);
    },
  );

  it('ends at once when the signal fires during a delay', async () => {
    const controller = new AbortController();
    const run = async () => {
      throw down();
    };
    const options = { firstDelay: 2 ** 30, maxDelay: 2 ** 30 };
    await expect(
      retry(run, options, controller.signal, () => setImmediate(() => controller.abort())),
    ).rejects.toMatchObject({ code: 'Aborted' });
  });
});
