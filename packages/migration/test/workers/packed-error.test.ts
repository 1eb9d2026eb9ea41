import { deserialize, serialize } from 'node:v8';
import { isStorageError, StorageError } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { packed, unpacked } from '../../src/workers/packed-error.js';

/** As it comes out of another process. */
const carried = (error: unknown) => unpacked(deserialize(serialize(packed(error))));

describe('an error from another process', () => {
  it('is the same StorageError, with its causes', () => {
    const cause = new StorageError('Timeout', 'too slow', { cause: new TypeError('socket') });
    const details = {
      operation: 'upload',
      provider: 's3',
      key: 'a',
      retryable: false,
      retryAfter: 7,
      cause,
    };
    const error = carried(new StorageError('Throttled', 'slow down', details));
    expect(isStorageError(error, 'Throttled')).toBe(true);
    expect(error).toMatchObject({
      ...{
        message: 'slow down',
        operation: 'upload',
        provider: 's3',
        key: 'a',
        retryable: false,
        retryAfter: 7,
      },
      cause: { code: 'Timeout', retryable: true, cause: { message: 'socket' } },
    });
    expect(error.stack).toContain('packed-error.test');
  });

  it('may be anything', () => {
    expect(carried(new RangeError('too far'))).toMatchObject({ message: 'too far' });
    expect(isStorageError(carried(new RangeError('too far')))).toBe(false);
    expect(carried('text')).toMatchObject({ message: 'text' });
    const ring = new Error('ring');
    ring.cause = ring;
    expect(carried(ring)).toMatchObject({ message: 'ring', cause: { message: 'ring' } });
  });
});
