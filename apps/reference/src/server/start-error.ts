/** What the system, SQLite or PostgreSQL say of why nothing can be listened at or written, and what to do. */
const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program listens there: end it, or name another port (0 is a free one).',
  EADDRNOTAVAIL: 'This machine has no such address: name another HOST.',
  ENOSPC: 'The disk is full: make room, or name another directory.',
  EDQUOT: 'The disk quota is used up: make room, or name another directory.',
  EFBIG: 'No larger file may be written: raise the limit (ulimit -f), or name another directory.',
  EROFS: 'The file system is read-only: name another directory.',
  EACCES: 'This user may not: give it the permission, or name another place.',
  EPERM: 'This user may not: give it the permission, or name another place.',
  ENOENT: 'There is no such directory: make it, or name another one.',
  ENOTDIR: 'It is no directory: name one.',
  ECONNREFUSED: 'Nothing listens there: start it, or name another address.',
  SQLITE_FULL: 'The disk is full: make room, or name another directory.',
  SQLITE_READONLY: 'The database can’t be written: give this user the permission, or name another.',
  SQLITE_CANTOPEN: 'The database can’t be opened: its directory has to be there, and writable.',
  SQLITE_IOERR: 'The disk of the database fails, or is full: see to it, or name another directory.',
};

/** Why a program did not start, for people: what has happened, where, and what to do. */
export function startError(error: unknown): string {
  const what = error instanceof Error ? error.message : String(error);
  const remedy = codesOf(error)
    .map((code) => REMEDIES[code] ?? REMEDIES[/^SQLITE_[A-Z]+/.exec(code)?.[0] ?? ''])
    .find((text) => text !== undefined);
  return remedy === undefined ? what : `${what}\n${remedy}`;
}

/** The error's own first. */
function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let next = error; next instanceof Error && codes.length < 10; next = next.cause)
    codes.push('code' in next ? String(next.code) : '');
  return codes;
}
