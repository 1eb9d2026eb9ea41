import { inspect } from 'node:util';
import { isStorageError, type StorageErrorCode } from '@org/storage-core';
import { EXIT, type ExitCode } from './exit-code.js';

/** Operations that fail by themselves only where going on would not be safe. */
const REFUSING: readonly string[] = [
  'requireStages',
  'requireConditionalDelete',
  'requireNewDirectory',
];

/** What keeps a command from its work that was called as it should be: a store that is away, a full disk. */
const UNRESOLVED: ReadonlySet<StorageErrorCode> = new Set([
  'Unavailable',
  'Timeout',
  'Throttled',
  'QuotaExceeded',
  'ChecksumMismatch',
  'Unknown',
]);

/** The exit code of a command that ended with an error. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!isStorageError(error)) return EXIT.unresolved;
  if (error.code === 'Aborted') return EXIT.interrupted;
  if (error.code === 'Unsupported' && error.operation === 'migrate') return EXIT.refused;
  if (REFUSING.includes(error.operation ?? '')) return EXIT.refused;
  return UNRESOLVED.has(error.code) ? EXIT.unresolved : EXIT.usage;
}

/** One sentence of what went wrong; with `debug`, everything that is known. */
export function describeFailure(error: unknown, debug: boolean): string {
  if (debug) return inspect(error, { depth: 4 });
  const message = error instanceof Error ? error.message : String(error);
  if (isStorageError(error)) return message;
  return `${message} (unexpected; --debug shows where)`;
}
