import { readFileSync, readlinkSync } from 'node:fs';

/** What a look at a process of this host finds; one that is suspended is `running`. */
export type ProcessState = 'running' | 'ended' | 'unknown';

interface ProcessStat {
  /** Clock ticks since the kernel’s start. */
  readonly began: string;
  /** Ended, but for what its parent asks of it. */
  readonly zombie: boolean;
  readonly threads: number;
}

/** The processes of this host, as a member of the fleet sees them. */
export interface Processes {
  /** Tells this process from all others that its host has had since it was started; `undefined` where that can’t be known. */
  readonly own: string | undefined;
  /**
   * What became of another.
   * @param process The other’s `own`; `unknown` if it is of another host, or of another container.
   */
  state(pid: number, process: string | undefined): ProcessState;
}

/**
 * Linux’s, by the kernel’s id of its start, the namespaces that pids and times are counted in, and when the process began: a pid is
 * given to others again. Other systems tell nothing. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export const systemProcesses: Processes = {
  own: identityOf(process.pid),
  state(pid, identity) {
    const { own } = systemProcesses;
    if (identity === undefined || own === undefined) return 'unknown';
    if (identity === own) return 'running';
    if (placeOf(identity) !== placeOf(own)) return 'unknown';
    if (!exists(pid)) return 'ended';
    const stat = statOf(pid);
    if (stat === undefined) return 'unknown'; // hidden from other users, or it has just ended
    return stateBy(stat, identity.slice(placeOf(identity).length + 1));
  },
};

function identityOf(pid: number): string | undefined {
  try {
    if (readlinkSync('/proc/self') !== String(pid)) return undefined; // of another namespace
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    const namespaces = ['pid', 'time'].map((name) => readlinkSync(`/proc/self/ns/${name}`));
    const began = statOf(pid)?.began;
    return began && [boot, ...namespaces, began].join('/');
  } catch {
    return undefined;
  }
}

/** @param began when the process began that is meant. */
export function stateBy(stat: ProcessStat, began: string): 'running' | 'ended' {
  if (stat.began !== began) return 'ended';
  // Its parent has not asked for its exit code. Threads that the kernel can’t end yet may still write.
  return stat.zombie && stat.threads <= 1 ? 'ended' : 'running';
}

/** All but when it began. */
function placeOf(identity: string): string {
  return identity.slice(0, identity.lastIndexOf('/'));
}

/** Not by `/proc`, which may hide the processes of other users. */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

function statOf(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before them may hold anything, brackets and spaces too.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, began] = [fields[0], fields[19]];
    if (began === undefined) return undefined;
    return { began, zombie: state === 'Z' || state === 'X', threads: Number(fields[17]) };
  } catch {
    return undefined;
  }
}
