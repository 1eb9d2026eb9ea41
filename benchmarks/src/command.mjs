import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs a program to its end. `times` of the shell tells what it and its own children have used.
 * @returns ms of CPU, user and system, of the `command`.
 */
export async function runCommand(program, args, env) {
  const { stdout } = await run('sh', ['-c', '"$@" >&2 || exit; times', 'sh', program, ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    maxBuffer: 64 * 1024 ** 2,
  });
  const [, children = ''] = stdout.trim().split('\n');
  const times = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
  if (times.length !== 2) throw new Error(`no times of ${program}: ${stdout}`);
  const command = times.reduce(
    (sum, [, min, sec]) => sum + (Number(min) * 60 + Number(sec)) * 1000,
    0,
  );
  return { command };
}
