import { readFile } from 'node:fs/promises';

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user for a program that refuses to run as root: `nobody` if this process is root, else the user of this process.
 * @throws Error if the system has no such user.
 */
export async function unprivilegedUser(): Promise<User> {
  const { uid, gid } = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 };
  if (uid !== 0) return { uid, gid };
  const nobody = /^nobody:[^:]*:(\d+):(\d+):/m.exec(await readFile('/etc/passwd', 'utf8'));
  if (nobody === null) throw new Error('There is no user nobody in /etc/passwd.');
  return { uid: Number(nobody[1]), gid: Number(nobody[2]) };
}
