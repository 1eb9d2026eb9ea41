import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Readable } from 'node:stream';
import { MemoryStorageProvider, StorageError, type StorageProvider } from '@org/storage-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  type CircuitBreakerOptions,
  type CircuitEvent,
  circuitBreaker,
  layered,
  retry,
} from '../src/index.js';
import { everything } from './everything.js';
import { Faults } from './faults.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const TWICE: CircuitBreakerOptions = {
  opens: { type: 'consecutive', failures: 2 },
  openFor: 1_000,
};

function setting(options: CircuitBreakerOptions = TWICE, name = 'memory') {
  const memory = new MemoryStorageProvider({ name });
  const faults = new Faults();
  const breaker = circuitBreaker(options);
  const provider = layered(memory, breaker, faults.layer);
  return { memory, faults, breaker, provider };
}

async function listed(provider: StorageProvider): Promise<void> {
  for await (const _ of provider.list());
}

async function fails(provider: StorageProvider, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await expect(provider.stat('a')).rejects.toThrow('a planned');
}

it('opens after so many failures in a row, and refuses at once what is asked then', async () => {
  const { faults, breaker, provider } = setting();
  faults.plan('stat', 'Unavailable').plan('stat', 'Timeout');
  expect(breaker.state).toBe('closed');
  await fails(provider, 2);
  expect(breaker.state).toBe('open');
  const body = Readable.from([Buffer.from('x')]);
  await expect(provider.upload('b', body)).rejects.toMatchObject({
    code: 'Unavailable',
    retryable: true,
    operation: 'upload',
    provider: 'memory',
    key: 'b',
    message: expect.stringMatching(/circuit is open.*Timeout: a planned Timeout/),
  });
  expect(body.destroyed).toBe(true);
  await expect(listed(provider)).rejects.toMatchObject({ code: 'Unavailable' });
  expect(faults.calls).toHaveLength(2);
});

it('after a while one call decides: it closes the circuit, or opens it again', async () => {
  const { memory, faults, breaker, provider } = setting();
  await memory.upload('a', 'x');
  for (let i = 0; i < 3; i++) faults.plan('stat', 'Unavailable');
  await fails(provider, 2);
  vi.advanceTimersByTime(1_000);
  await fails(provider, 1);
  expect(breaker.state).toBe('open');
  await expect(provider.stat('a')).rejects.toThrow('circuit');
  vi.advanceTimersByTime(1_000);
  await provider.stat('a');
  expect(breaker.state).toBe('closed');
  faults.plan('stat', 'Unavailable');
  await fails(provider, 1);
  expect(breaker.state).toBe('closed');
});

it('while one call decides, others are refused and do not wait', async () => {
  const { memory, faults, breaker, provider } = setting();
  faults.plan('stat', 'Unavailable').plan('stat', 'Unavailable');
  await fails(provider, 2);
  vi.advanceTimersByTime(1_000);
  const body = new Readable({ read() {} });
  const deciding = provider.upload('b', body);
  expect(breaker.state).toBe('half-open');
  await expect(provider.stat('a')).rejects.toMatchObject({ code: 'Unavailable', retryable: true });
  body.push('x');
  body.push(null);
  await deciding;
  expect(breaker.state).toBe('closed');
  expect(await memory.exists('b')).toBe(true);
});

it('answers of a healthy store do not count, and end a row of failures', async () => {
  const { faults, breaker, provider } = setting();
  for (let i = 0; i < 3; i++) {
    faults.plan('stat', 'Unavailable');
    await fails(provider, 1);
    await expect(provider.stat('missing')).rejects.toMatchObject({ code: 'NotFound' });
  }
  for (const code of ['AccessDenied', 'PreconditionFailed', 'Conflict', 'Unknown'] as const) {
    faults.plan('copy', code);
    await expect(provider.copy('a', 'b')).rejects.toMatchObject({ code });
  }
  const closed = new StorageError('Unavailable', 'closed', { retryable: false });
  for (let i = 0; i < 3; i++) {
    faults.plan('stat', closed);
    await expect(provider.stat('a')).rejects.toBe(closed);
  }
  expect(breaker.state).toBe('closed');
});

it('what a caller ended does not count, and does not close the circuit', async () => {
  const { faults, breaker, provider } = setting();
  const impatient = AbortSignal.abort(new DOMException('too long', 'TimeoutError'));
  for (let i = 0; i < 3; i++) {
    for (const signal of [AbortSignal.abort(), impatient])
      await expect(provider.stat('a', { signal })).rejects.toThrow();
  }
  expect(breaker.state).toBe('closed');
  faults.plan('stat', 'Unavailable').plan('stat', 'Unavailable');
  await fails(provider, 2);
  vi.advanceTimersByTime(1_000);
  const aborted = provider.stat('a', { signal: AbortSignal.abort() });
  await expect(aborted).rejects.toMatchObject({ code: 'Aborted' });
  expect(breaker.state).toBe('open');
});

it('counts failures within a listing, and bulk deletes of which nothing succeeded', async () => {
  const { memory, faults, breaker, provider } = setting();
  await memory.upload('a', 'x');
  faults.plan('list', 'Unavailable', 1);
  await expect(listed(provider)).rejects.toMatchObject({ code: 'Unavailable' });
  const error = new StorageError('Throttled', 'slow down');
  const throttled: StorageProvider = Object.assign(Object.create(memory), {
    deleteMany: async () => ({ deleted: [], failed: [{ key: 'a', error }] }),
  });
  const result = await layered(throttled, breaker).deleteMany(['a']);
  expect(result.failed).toHaveLength(1);
  expect(breaker.state).toBe('open');
});

it('opens by the rate of failures', async () => {
  const opens = { type: 'sampling', threshold: 0.5, duration: 1_000, minimumRate: 4 } as const;
  const { memory, faults, breaker, provider } = setting({ opens, openFor: 1_000 });
  await memory.upload('a', 'x');
  for (let i = 0; i < 3; i++) {
    await provider.exists('a');
    faults.plan('stat', 'Unavailable');
    await fails(provider, 1);
  }
  expect(breaker.state).toBe('closed');
  faults.plan('stat', 'Unavailable');
  await fails(provider, 1);
  expect(breaker.state).toBe('open');
});

it('checkHealth reports an open circuit, and closes it when the store is well again', async () => {
  const { memory, faults, breaker, provider } = setting();
  const report = { healthy: false, latency: 1, error: new StorageError('Unavailable', 'ill') };
  const ill: StorageProvider = Object.assign(Object.create(memory), {
    checkHealth: async () => report,
  });
  const both = layered(ill, breaker);
  expect(await both.checkHealth()).toBe(report);
  expect(await both.checkHealth()).toBe(report);
  expect(breaker.state).toBe('open');
  expect(await provider.checkHealth()).toMatchObject({
    healthy: false,
    error: { code: 'Unavailable', operation: 'checkHealth' },
  });
  expect(faults.count('checkHealth')).toBe(0);
  vi.advanceTimersByTime(1_000);
  expect(await both.checkHealth()).toBe(report);
  expect(breaker.state).toBe('open');
  vi.advanceTimersByTime(1_000);
  expect((await provider.checkHealth()).healthy).toBe(true);
  expect(breaker.state).toBe('closed');
});

it('signing needs no store', async () => {
  const { provider: inner } = everything();
  const faults = new Faults().plan('stat', 'Unavailable').plan('stat', 'Unavailable');
  const provider = layered(inner, circuitBreaker(TWICE), faults.layer);
  await fails(provider, 2);
  expect(await provider.createDownloadUrl?.('a')).toBeDefined();
  expect(await provider.createUploadTicket?.('a')).toBeDefined();
  const begun = provider.createUploadTicket?.('a', { type: 'multipart', contentLength: 1 });
  await expect(begun).rejects.toMatchObject({ code: 'Unavailable' });
});

it('the channel tells of each change', async () => {
  const { memory, faults, provider } = setting(TWICE, 'told');
  await memory.upload('a', 'x');
  const events: CircuitEvent[] = [];
  const note = (message: unknown) => {
    const event = message as CircuitEvent;
    if (event.provider === 'told') events.push(event);
  };
  subscribe('org.storage.circuit', note);
  try {
    faults.plan('stat', 'Unavailable').plan('stat', 'Throttled');
    await fails(provider, 2);
    vi.advanceTimersByTime(1_000);
    await provider.stat('a');
  } finally {
    unsubscribe('org.storage.circuit', note);
  }
  expect(events.map(({ state, error }) => [state, error?.code])).toEqual([
    ['open', 'Throttled'],
    ['half-open', 'Throttled'],
    ['closed', undefined],
  ]);
});

it('retry around it knows that an open circuit let nothing through', async () => {
  const { memory, faults, breaker } = setting();
  faults.plan('stat', 'Unavailable').plan('stat', 'Unavailable');
  const provider = layered(memory, retry({ initialDelay: 0, maxDelay: 0 }), breaker, faults.layer);
  await expect(provider.stat('a')).rejects.toThrow('circuit is open');
  const note = () => vi.advanceTimersByTime(1_000);
  subscribe('org.storage.retry', note);
  try {
    await provider.upload('a', 'x', { condition: { type: 'absent' } });
  } finally {
    unsubscribe('org.storage.retry', note);
  }
  expect(await memory.exists('a')).toBe(true);
});

it('options are checked when the layer is made', () => {
  for (const opens of [
    { type: 'consecutive', failures: 0 },
    { type: 'sampling', threshold: 1, duration: 1 },
    { type: 'sampling', threshold: 0.5, duration: 0 },
    { type: 'somehow' },
  ])
    expect(() => circuitBreaker({ opens: opens as never })).toThrow(/opens/);
});
