import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Feed } from '../../src/server/migration/feed.js';
import type { MigrationState } from '../../src/server/migration/state.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const STATE = { at: 'now' } as MigrationState; // it is handed on as it is

it('finds the state out once a second, for all who listen, and not at all for nobody', async () => {
  const find = vi.fn(async () => STATE);
  const feed = new Feed(find);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(find).not.toHaveBeenCalled();
  const heard = [vi.fn(), vi.fn()];
  const ends = heard.map((listener) => feed.listen(listener, () => {}));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(find.mock.calls.length).toBeLessThanOrEqual(5);
  expect(heard[1]?.mock.calls.length).toBeGreaterThanOrEqual(3);
  for (const end of ends) end?.();
  const before = find.mock.calls.length;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(find).toHaveBeenCalledTimes(before);
});

it('takes so many listeners and no more, and ends them all', () => {
  const feed = new Feed(async () => STATE, 2);
  const ended = vi.fn();
  expect(feed.listen(() => {}, ended)).toBeTypeOf('function');
  const end = feed.listen(() => {}, ended);
  expect(feed.listen(() => {}, ended)).toBeUndefined();
  end?.();
  expect(feed.listen(() => {}, ended)).toBeTypeOf('function');
  feed.close();
  expect(ended).toHaveBeenCalledTimes(2);
  expect(feed.listeners).toBe(0);
});

it('goes on after a state that could not be found out', async () => {
  const find = vi.fn<() => Promise<MigrationState>>();
  find.mockRejectedValueOnce(new Error('away')).mockResolvedValue(STATE);
  const feed = new Feed(find);
  const listener = vi.fn();
  feed.listen(listener, () => {});
  await vi.advanceTimersByTimeAsync(2_000);
  expect(listener).toHaveBeenCalledWith(STATE);
  feed.close();
});
