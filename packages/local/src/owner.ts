import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * Who made a staging file: where process ids mean something (host, boot and, since containers of a host may share a
 * disk, PID namespace), the process, and when it was started, since process ids are used again.
 */
export interface Owner {
  readonly place: string;
  readonly pid: number;
  /** Clock ticks since boot; `0` where the system does not tell. */
  readonly started: string;
}

/** This process. */
export const self: Owner = {
  place: placeOf(),
  pid: process.pid,
  started: startOf(process.pid) ?? '0',
};

export function formatOwner({ place, pid, started }: Owner): string {
  return `${place}-${pid}-${started}`;
}

export function parseOwner(text: string): Owner | undefined {
  const [, place, pid, started] = /^([0-9a-f]{16})-(\d{1,10})-(\d{1,20})$/.exec(text) ?? [];
  if (place === undefined || pid === undefined || started === undefined) return undefined;
  return { place, pid: Number(pid), started };
}

/** `unknown` for a process of another host, of an earlier boot or in another container. */
export function lifeOf(owner: Owner): 'alive' | 'dead' | 'unknown' {
  if (owner.place !== self.place) return 'unknown';
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return 'dead';
    return 'alive'; // EPERM: it is somebody else's
  }
  const started = startOf(owner.pid);
  if (started === undefined || owner.started === '0') return 'alive';
  return started === owner.started ? 'alive' : 'dead';
}

function placeOf(): string {
  const hash = createHash('sha256').update(hostname());
  hash.update(read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')) ?? '');
  hash.update(read(() => readlinkSync('/proc/self/ns/pid')) ?? '');
  return hash.digest('hex').slice(0, 16);
}

/** When a process was started; `undefined` if that can't be seen, and "ended" for one that only waits to be reaped. */
function startOf(pid: number): string | undefined {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // proc(5): "pid (name) state …", the start is field 22; the name may hold anything, also ")".
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields?.[0] === 'Z' ? 'ended' : fields?.[19];
}

function read(from: () => string): string | undefined {
  try {
    return from();
  } catch {
    return undefined;
  }
}
