import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * The environment variable by which the processes of a group of daemons are known. Its value is random, one per
 * group.
 */
export const markVariable = 'STORAGE_TESTKIT_DAEMONS';

/**
 * Waits until the other end of its standard input is gone, then ends the processes whose
 * environment bears the mark or that work below the folder, until none is left, and removes the folder. It finds
 * them so rather than by ids it was told, so that a process started in the very moment its
 * parent is killed does not escape, nor a stranger with a reused id suffer.
 */
const script = `
trap '' HUP INT TERM
while read -r line; do :; done
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  found=
  signal=$3
  [ "$attempt" -lt 12 ] || signal=KILL
  for file in $(grep -lsF -- "$1" /proc/[0-9]*/environ; find /proc/[0-9]*/cwd -maxdepth 0 -lname "$2/*" 2>/dev/null); do
    process=\${file#/proc/}
    kill "-$signal" "\${process%%/*}" 2>/dev/null && found=1
  done
  [ "$found" ] || [ "$attempt" -lt 3 ] || break
  sleep 0.1
done
rm -rf -- "$2"
`;

export interface WatchdogOptions {
  /** The value of {@link markVariable} in the daemons' environment. */
  readonly mark: string;
  /** The daemons' folder, by its real path. */
  readonly directory: string;
  /** What ends a daemon; `KILL` follows after a second. Default `KILL`. */
  readonly signal?: 'KILL' | 'QUIT';
}

/** Sees to it that daemons do not outlive this process, however that ends. */
export interface Watchdog {
  /**
   * Lets it do its work now: returns when no process of the group is left, nor the folder. A tool that was killed may have
   * forked just before, and that process is nobody's child.
   */
  dismiss(): Promise<void>;
}

/**
 * Starts a shell that holds the reading end of a pipe: the kernel closes the writing end with this
 * process, even after SIGKILL.
 * @throws Error if there is no shell.
 */
export function watchOver({ mark, directory, signal = 'KILL' }: WatchdogOptions): Watchdog {
  const shell: ChildProcess = spawn(
    'sh',
    ['-c', script, 'sh', `${markVariable}=${mark}`, directory, signal],
    { stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' },
  );
  const exited = once(shell, 'exit');
  exited.catch(() => {}); // reported by dismiss
  if (shell.pid === undefined)
    throw new Error('No shell could be started to watch over the daemons.');
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
