import { type OperationContext, StorageError, type StorageErrorCode } from '@org/storage-core';

/** `ENOENT` and the like, if `error` comes from the system. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' && 'syscall' in error ? error.code : undefined;
}

/** Whether `error` says that nothing has this name. */
export function isMissing(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

interface Meaning {
  readonly code: StorageErrorCode;
  readonly sentence: string;
  readonly retryable?: boolean;
}

const denied: Meaning = {
  code: 'AccessDenied',
  sentence: 'this process may not do that: check owner and mode of the file and its directories',
};
const full: Meaning = { code: 'QuotaExceeded', sentence: 'the disk or its quota is full' };
const tooManyFiles: Meaning = {
  code: 'Unavailable',
  sentence: 'too many files are open: raise the limit (ulimit -n) or do less at once',
};
const busy: Meaning = { code: 'Unavailable', sentence: 'the file system is busy' };

/** errno(3), as far as file systems use it. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  EACCES: denied,
  EPERM: denied,
  EROFS: { code: 'AccessDenied', sentence: 'the file system is mounted read-only' },
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: { code: 'TooLarge', sentence: 'the file system can’t hold a file of this size' },
  EMFILE: tooManyFiles,
  ENFILE: tooManyFiles,
  EAGAIN: busy,
  EBUSY: busy,
  EINTR: busy,
  EIO: { code: 'Unavailable', sentence: 'the disk reports an input/output error: check it' },
  ENOLCK: {
    code: 'Unavailable',
    sentence: 'the file system gives no locks: does the lock service of its server run?',
  },
  ESTALE: { code: 'Unavailable', sentence: 'the network file system has lost the file' },
  ETIMEDOUT: { code: 'Unavailable', sentence: 'the network file system does not answer' },
  ENAMETOOLONG: { code: 'InvalidKey', sentence: 'the path is too long for the file system' },
  EILSEQ: { code: 'InvalidKey', sentence: 'the file system does not allow such a name' },
  EINVAL: { code: 'InvalidArgument', sentence: 'the file system does not allow that' },
};

const WRITES: ReadonlySet<string> = new Set(['upload', 'copy', 'move', 'restoreTrash']);

function meaningOf(errno: string | undefined, operation: string): Meaning | undefined {
  switch (errno) {
    case 'ENOTDIR':
    case 'EISDIR':
      return WRITES.has(operation)
        ? inTheWay
        : { code: 'NotFound', sentence: 'there is no such file' };
    case 'ENOENT':
      return WRITES.has(operation)
        ? { code: 'Conflict', sentence: 'a directory was removed meanwhile' }
        : { code: 'NotFound', sentence: 'there is no such file' };
    case 'ELOOP':
      return { code: 'AccessDenied', sentence: 'a symbolic link is in the way' };
    default:
      return errno === undefined ? undefined : MEANINGS[errno];
  }
}

/** Not a rule for keys as such, but this root can't hold this one beside what is in it. */
const inTheWay: Meaning = {
  code: 'InvalidKey',
  sentence:
    'a directory or something else has this name, or one of its parents is a file: remove that, or choose another key',
};

/** Makes a `StorageError` of what `node:fs` threw; the path, which only concerns the machine, stays in the `cause`. */
export function fileError(error: unknown, context: OperationContext): StorageError {
  const { operation, provider, key } = context;
  const errno = errnoOf(error);
  const meaning = meaningOf(errno, operation);
  const details = { operation, provider, cause: error, ...(key === undefined ? {} : { key }) };
  const what = key === undefined ? operation : `${operation} of ${key}`;
  if (meaning === undefined) {
    const reason = errno ?? (error instanceof Error ? error.message : String(error));
    return new StorageError('Unknown', `${what} failed: ${reason}`, details);
  }
  const { code, sentence, retryable } = meaning;
  return new StorageError(code, `${what} failed: ${sentence}`, {
    ...details,
    ...(retryable === undefined ? {} : { retryable }),
  });
}

/** For a key that a directory, a socket or the like has taken, or whose parent is a file. */
export function blockedError(key: string): StorageError {
  return new StorageError(inTheWay.code, `${key} can’t be stored: ${inTheWay.sentence}`, {
    key,
  });
}

/** For a symbolic link in the path of a key. */
export function linkError(path: string): StorageError {
  return new StorageError(
    'AccessDenied',
    `${path} is a symbolic link, and links are not followed: put what it points to in its place`,
  );
}
