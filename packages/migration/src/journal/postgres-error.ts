import { StorageError, type StorageErrorCode } from '@org/storage-core';
import { postgresCode } from '../postgres-client.js';

/**
 * What a failure of PostgreSQL's means for who works with the journal.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function postgresError(error: unknown, place: string): StorageError {
  if (error instanceof StorageError) return error;
  const told = messageOf(error);
  const failure = (code: StorageErrorCode, message: string, retryable = false) =>
    new StorageError(code, message, { cause: error, retryable });
  switch (postgresCode(error)) {
    case '53100': // disk_full
      return failure(
        'QuotaExceeded',
        `the disk of the journal ${place} is full; make room and run again`,
      );
    case '28P01': // invalid_password
    case '28000': // invalid_authorization_specification
      return failure(
        'AccessDenied',
        `the database of the journal ${place} refuses the user or the password: ${told}`,
      );
    case '42501': // insufficient_privilege
      return failure(
        'AccessDenied',
        `the user may not do this to the journal ${place}: ${told}; grant it the schema, and the right to make it`,
      );
    case '3D000': // invalid_catalog_name
      return failure('NotFound', `the database of the journal ${place} is missing: ${told}`);
    case '25006': // read_only_sql_transaction
      return failure(
        'Unsupported',
        `the database of the journal ${place} takes no writes, as a replica does; connect to the primary`,
      );
    case '40001': // serialization_failure
    case '40P01': // deadlock_detected
      return failure('Conflict', `others kept changing the journal ${place}: ${told}`, true);
    case '57014': // query_canceled
      return failure('Timeout', `the journal ${place} took too long: ${told}`);
    default:
      return failure('Unavailable', `the journal ${place} can’t be used: ${told}`);
  }
}

/** Of a name with several addresses, none of which answers, the error has no text of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
