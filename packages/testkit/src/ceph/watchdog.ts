import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { CephStartError } from './errors.js';

/**
 * The environment variable by which a cluster's processes are known. Its value is random, one per
 * cluster.
 */
export const markVariable = 'STORAGE_CEPH_CLUSTER';

/**
 * Waits until the other end of its standard input is gone, then kills the processes whose
 * environment bears the mark, until none is left, and removes the folder. It finds them by their
 * environment rather than by ids it was told, so that a process started in the very moment its
 * parent is killed does not escape, nor a stranger with a reused id suffer.
 */
const script = `
trap '' HUP INT TERM
while read -r line; do :; done
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  found=
  for file in $(grep -lsF -- "$1" /proc/[0-9]*/environ); do
    process=\${file#/proc/}
    kill -KILL "\${process%/environ}" 2>/dev/null && found=1
  done
  [ "$found" ] || [ "$attempt" -lt 3 ] || break
  sleep 0.1
done
rm -rf -- "$2"
`;

/** Sees to it that a cluster does not outlive this process, however that ends. */
export interface Watchdog {
  /**
   * Lets it do its work now: returns when no process of the cluster is left, nor the folder. A tool that was killed may have
   * forked just before, and that process is nobody's child.
   */
  dismiss(): Promise<void>;
}

/**
 * Starts a shell that holds the reading end of a pipe: the kernel closes the writing end with this
 * process, even after SIGKILL.
 */
export function watchOver(mark: string, directory: string): Watchdog {
  const shell: ChildProcess = spawn(
    'sh',
    ['-c', script, 'sh', `${markVariable}=${mark}`, directory],
    { stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' },
  );
  const exited = once(shell, 'exit');
  exited.catch(() => {}); // reported by dismiss
  if (shell.pid === undefined)
    throw new CephStartError('No shell could be started to watch over Ceph.');
  shell.unref();
  if (shell.stdin !== null && 'unref' in shell.stdin && typeof shell.stdin.unref === 'function') {
    shell.stdin.unref();
  }
  return {
    async dismiss() {
      shell.ref();
      shell.stdin?.destroy();
      await exited;
    },
  };
}
