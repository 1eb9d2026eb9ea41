import { createRequire } from 'node:module';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import {
  abortError,
  asStorageError,
  isStorageError,
  StorageError,
  type StorageErrorCode,
  throwIfAborted,
} from '../src/index.js';

/** Another copy of the package, as an application has one with two versions of it, or ESM beside CommonJS. */
async function anotherCopy(): Promise<typeof import('../src/index.js')> {
  vi.resetModules();
  return import('../src/index.js');
}

describe('StorageError', () => {
  it('carries what happened, where and why', () => {
    const cause = new Error('ECONNRESET');
    const details = { operation: 'stat', provider: 's3', key: 'a/b', cause };
    const error = new StorageError('Unavailable', 'no answer', details);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'StorageError', code: 'Unavailable', ...details });
    expect(error.message).toBe('no answer');
    expect(error.cause).toBe(cause);
  });

  it.each<[StorageErrorCode, boolean]>([
    ['Unavailable', true],
    ['Timeout', true],
    ['Throttled', true],
    ['Conflict', true],
    ['NotFound', false],
    ['PreconditionFailed', false],
    ['Aborted', false],
    ['Unknown', false],
  ])('of code %s is retryable: %s', (code, retryable) => {
    expect(new StorageError(code, '').retryable).toBe(retryable);
    expect(new StorageError(code, '', { retryable: !retryable }).retryable).toBe(!retryable);
  });

  it('tells how long the store has asked to be left alone, also from another place', () => {
    const error = new StorageError('Throttled', 'slow down', { retryAfter: 5_000 });
    expect(error.retryAfter).toBe(5_000);
    expect(asStorageError(error, { operation: 'stat', provider: 's3' })).toMatchObject({
      operation: 'stat',
      retryAfter: 5_000,
    });
    expect(new StorageError('Throttled', '').retryAfter).toBeUndefined();
  });

  it('has no cause of its own where none is given', () => {
    expect('cause' in new StorageError('Unknown', '')).toBe(false);
  });
});

describe('isStorageError', () => {
  it('knows the errors of another copy of this package', async () => {
    const other = await anotherCopy();
    expect(other.StorageError).not.toBe(StorageError);
    const error = new other.StorageError('NotFound', 'gone');
    expect(error instanceof StorageError).toBe(false);
    expect(isStorageError(error)).toBe(true);
    expect(isStorageError(error, 'NotFound')).toBe(true);
    expect(isStorageError(error, 'Timeout')).toBe(false);
    expect(other.isStorageError(new StorageError('NotFound', ''), 'NotFound')).toBe(true);
  });

  it.each([
    undefined,
    null,
    'NotFound',
    new Error('NotFound'),
    { code: 'NotFound', name: 'StorageError', message: '' },
    createRequire(import.meta.url),
  ])('knows that something else is none', (value) => {
    expect(isStorageError(value)).toBe(false);
    expect(isStorageError(value, 'NotFound')).toBe(false);
  });
});

describe('abortError', () => {
  it('is Timeout for AbortSignal.timeout(), and else Aborted', async () => {
    const signal = AbortSignal.timeout(1);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(abortError(signal)).toMatchObject({ code: 'Timeout', retryable: true });
    const reason = new Error('the user went away');
    const aborted = abortError(AbortSignal.abort(reason), { operation: 'stat' });
    expect(aborted).toMatchObject({ code: 'Aborted', operation: 'stat', retryable: false });
    expect(aborted.cause).toBe(reason);
  });

  it.each([null, undefined, 0, 'TimeoutError', Object.create(null)])(
    'is Aborted for the reason %s',
    (reason) => {
      expect(abortError(AbortSignal.abort(reason)).code).toBe('Aborted');
    },
  );

  it('knows a timeout of another realm', () => {
    const reason: unknown = runInNewContext("Object.assign(new Error(), { name: 'TimeoutError' })");
    expect(reason instanceof Error).toBe(false);
    expect(abortError(AbortSignal.abort(reason)).code).toBe('Timeout');
  });
});

describe('throwIfAborted', () => {
  it('throws for a signal that has fired, and only for it', () => {
    expect(() => throwIfAborted(undefined)).not.toThrow();
    expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
    expect(() => throwIfAborted(AbortSignal.abort(), { key: 'k' })).toThrow(
      expect.objectContaining({ code: 'Aborted', key: 'k' }),
    );
  });
});
