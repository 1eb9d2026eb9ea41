import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { MemoryWatch } from './process-memory.mjs';

/** Characters that are kept of what a program prints. */
const PRINTED = 4_000;

/**
 * Runs a program to its end. `times` of the shell tells what it and the processes that it has waited for have used.
 * @param env beside PATH and HOME.
 * @returns `cpu`: ms, user and system; `memory`: bytes at the most, of it and all processes below it (`undefined` where there is no `/proc`).
 */
export async function runCommand(program, args, { env, signal } = {}) {
  signal?.throwIfAborted();
  const child = spawn('sh', ['-c', '"$@" >&2 || exit; times', 'sh', program, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, to be ended as one
  });
  const texts = [child.stdout, child.stderr].map(lastOf);
  const ended = once(child, 'close');
  const memory = new MemoryWatch(child.pid);
  const abort = () => process.kill(-child.pid, 'SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const [code, killedBy] = await ended;
    const [times, printed] = texts.map((text) => text());
    signal?.throwIfAborted();
    if (code !== 0)
      throw new Error(`${program} ${args.join(' ')} ended with ${code ?? killedBy}: ${printed}`);
    return { cpu: childrensTime(times), memory: memory.stop() };
  } finally {
    memory.stop();
    signal?.removeEventListener('abort', abort);
  }
}

/** @param times two lines, as POSIX has them for `times`: the shell's own, and its children's. @returns ms of the latter, user and system. */
export function childrensTime(times) {
  const [, children = ''] = times.trim().split('\n');
  const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  if (parts.length !== 2) throw new Error(`these are no times: ${times}`);
  return parts.reduce((sum, [, min, sec]) => sum + (Number(min) * 60 + Number(sec)) * 1000, 0);
}

function lastOf(stream) {
  let text = '';
  stream.setEncoding('utf8').on('data', (more) => {
    text = (text + more).slice(-PRINTED);
  });
  return () => text.trim();
}
