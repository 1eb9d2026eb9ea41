import { LocalStorageProvider } from '@org/storage-local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Schedule } from '../../src/index.js';
import { openStores, textOf } from './stores.js';

let stores: Awaited<ReturnType<typeof openStores>>;

beforeEach(async () => {
  stores = await openStores();
});
afterEach(() => stores.close());

/** A clock by hand. */
function handDriven() {
  const waits: number[] = [];
  let due: (() => void) | undefined;
  let scheduled = () => {};
  const schedule: Schedule = (run, milliseconds) => {
    waits.push(milliseconds);
    due = run;
    scheduled();
    return () => {
      if (due === run) due = undefined;
    };
  };
  return {
    schedule,
    waits,
    get pending() {
      return due !== undefined;
    },
    /** Begins a pass, and waits for its end. */
    async tick() {
      const run = due;
      due = undefined;
      const next = new Promise<void>((resolve) => {
        scheduled = resolve;
      });
      run?.();
      await next;
    },
    begin() {
      due?.();
    },
  };
}

describe('the background drainer', () => {
  it('drains when the target is back, and tries ever more rarely until then', async () => {
    const clock = handDriven();
    const { provider } = stores.process({ drain: true, schedule: clock.schedule });
    const outage = stores.outage();
    await provider.upload('a', 'new');
    for (let pass = 1; pass <= 8; pass++) await clock.tick();
    expect(clock.waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    outage.remove();
    await clock.tick();
    expect(clock.waits.at(-1)).toBe(1000);
    expect(await textOf(stores.target, 'a')).toBe('new');
  });
  it('goes on after a spool that fails', async () => {
    const clock = handDriven();
    const { store } = stores.process();
    const broken = new Proxy(store, {
      get(object, name) {
        if (name !== 'list') return Reflect.get(object, name);
        return () => {
          throw new Error('broken');
        };
      },
    });
    stores.process({ drain: true, store: broken, schedule: clock.schedule });
    await clock.tick();
    await clock.tick();
    expect(clock.waits).toEqual([1000, 2000, 4000]);
  });
  it('ends with the provider, after the entry that it is at; the rest stays', async () => {
    const clock = handDriven();
    const { provider, target } = stores.process({ drain: true, schedule: clock.schedule });
    const outage = stores.outage();
    for (let i = 0; i < 20; i++) await provider.upload(`${10 + i}`, 'new');
    outage.remove();
    const { reached, resume } = target.pause('before', 'upload', '10');
    clock.begin();
    await reached;
    const closed = provider.close();
    resume();
    await closed;
    expect(clock.pending).toBe(false);
    const left: string[] = [];
    for await (const entry of new LocalStorageProvider({ root: stores.root }).list())
      if (entry.type === 'file') left.push(entry.key);
    expect(left).not.toContain('10');
    expect(left).toContain('29');
  });
});
