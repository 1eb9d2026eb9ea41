import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SpoolEvent } from '../../src/index.js';
import { openStores, textOf } from './stores.js';

let stores: Awaited<ReturnType<typeof openStores>>;
let events: SpoolEvent[];
const listen = (event: unknown) => void events.push(event as SpoolEvent);

beforeEach(async () => {
  stores = await openStores();
  events = [];
  subscribe('org.storage.spool', listen);
});
afterEach(async () => {
  unsubscribe('org.storage.spool', listen);
  await stores.close();
});

describe('the room in the spool', () => {
  it('is not exceeded, and what it lacks is told', async () => {
    const { provider } = stores.process({ maxBytes: 10 });
    stores.outage();
    await provider.upload('a', '12345678');
    await expect(provider.upload('b', '123')).rejects.toMatchObject({
      code: 'QuotaExceeded',
      retryable: false,
      message: expect.stringContaining('8 of 10 bytes'),
    });
    await provider.upload('b', '12');
    expect(await provider.status()).toMatchObject({ entries: 2, bytes: 10 });
    expect(events.map(({ type }) => type)).toEqual(['spooled', 'full', 'spooled', 'status']);
    expect(events[1]).toMatchObject({ key: 'b', used: 8, maxBytes: 10 });
    expect(events[3]).toMatchObject({ entries: 2, bytes: 10, oldest: expect.any(Date) });
  });
  it('is that of what an entry is replaced by', async () => {
    const { provider } = stores.process({ maxBytes: 10 });
    stores.outage();
    await provider.upload('a', '12345678');
    await provider.upload('a', '1234567890');
    await expect(provider.upload('a', '12345678901')).rejects.toMatchObject({
      code: 'QuotaExceeded',
    });
    expect(await textOf(provider, 'a')).toBe('1234567890');
  });
  it('is kept also by a stream that does not tell its length', async () => {
    const { provider } = stores.process({ maxBytes: 10 });
    stores.outage();
    const body = Readable.from([Buffer.alloc(8), Buffer.alloc(8)], { objectMode: false });
    await expect(provider.upload('a', body)).rejects.toMatchObject({ code: 'QuotaExceeded' });
    expect(body.destroyed).toBe(true);
    expect(await provider.status()).toMatchObject({ entries: 0 });
  });
  it('is counted anew by another process', async () => {
    stores.outage();
    await stores.process({ maxBytes: 10 }).provider.upload('a', '12345678');
    await expect(
      stores.process({ maxBytes: 10 }).provider.upload('b', '123'),
    ).rejects.toMatchObject({ code: 'QuotaExceeded' });
  });
});

describe('events', () => {
  it('tell of what is spooled, drained, and fails', async () => {
    const { provider } = stores.process();
    const outage = stores.outage();
    await provider.upload('a', '1');
    await provider.drain();
    outage.remove();
    const denied = stores.target.faults.add({
      type: 'error',
      code: 'AccessDenied',
      operation: 'upload',
    });
    await provider.drain();
    denied.remove();
    await provider.drain();
    expect(events).toMatchObject([
      { type: 'spooled', provider: 'spooled', key: 'a', size: 1 },
      { type: 'failed', key: 'a', error: { code: 'AccessDenied' } },
      { type: 'drained', key: 'a', size: 1 },
    ]);
  });
});
