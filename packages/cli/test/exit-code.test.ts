import { StorageError, type StorageErrorCode } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { EXIT, type ExitCode } from '../src/exit-code.js';
import { exitCodeOf } from '../src/failure.js';

/** Of each error that ends a command. */
const CODES: Readonly<Record<StorageErrorCode, ExitCode>> = {
  NotFound: EXIT.usage, // what the command line names
  AlreadyExists: EXIT.usage,
  PreconditionFailed: EXIT.usage,
  InvalidKey: EXIT.usage,
  InvalidRange: EXIT.usage,
  InvalidArgument: EXIT.usage,
  AccessDenied: EXIT.usage,
  Unavailable: EXIT.unresolved,
  Timeout: EXIT.unresolved,
  Throttled: EXIT.unresolved,
  Aborted: EXIT.interrupted,
  ChecksumMismatch: EXIT.unresolved,
  TooLarge: EXIT.usage,
  QuotaExceeded: EXIT.unresolved,
  Unsupported: EXIT.usage,
  Conflict: EXIT.usage, // another command works with the journal: nothing was begun
  Unknown: EXIT.unresolved,
};

describe('the exit code of a command that ended with an error', () => {
  it.each(Object.entries(CODES))('%s: %i', (code, exit) => {
    expect(exitCodeOf(new StorageError(code as StorageErrorCode, 'it failed'))).toBe(exit);
  });

  it.each([
    ['Conflict', 'requireStages', EXIT.refused],
    ['Unsupported', 'requireConditionalDelete', EXIT.refused],
    ['Unsupported', 'migrate', EXIT.refused],
    ['Unavailable', 'migrate', EXIT.unresolved],
    ['Conflict', 'migrate', EXIT.usage],
  ] as const)('%s of %s: %i', (code, operation, exit) => {
    expect(exitCodeOf(new StorageError(code, 'it failed', { operation }))).toBe(exit);
  });

  it('is no usage error where something unexpected was thrown', () => {
    expect(exitCodeOf(new TypeError('undefined is not a function'))).toBe(EXIT.unresolved);
  });
});
