import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Script {
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly script: string;
  /** Default 0. */
  readonly exits?: number;
  /** Stops it by SIGINT as soon as it has written this. */
  readonly until?: string | undefined;
  /** Whether what it exports is kept for those that come after it. Default `true`. */
  readonly exports?: boolean;
}

/** Longer than any example may take on a busy machine. */
const LIMIT = 60_000;

/**
 * Runs a script by `bash -eu` in the page's directory. What a page's script exports is known to those that come after it.
 * @returns what it has written.
 * @throws Error with what it has written, if it ends otherwise than it should.
 */
export async function runScript(options: Script): Promise<string> {
  const { exits = 0, until } = options;
  const script = await spawned(options);
  const timer = setTimeout(() => script.signal('SIGKILL'), LIMIT);
  let stopped = false;
  const stop = () => {
    stopped = true;
    script.signal('SIGINT');
  };
  if (until !== undefined) script.heard(until, stop);
  const code = await script.closed;
  clearTimeout(timer);
  if (until !== undefined && !stopped)
    throw new Error(`ended without having written ${JSON.stringify(until)}:\n${script.written()}`);
  if (until === undefined && code !== exits)
    throw new Error(`ended with ${code ?? 'a signal'} instead of ${exits}:\n${script.written()}`);
  return script.written();
}

/**
 * Starts a script that goes on beside others.
 * @param text What it has written when it is ready.
 * @returns what ends it.
 */
export async function startScript(options: Script, text: string): Promise<() => Promise<unknown>> {
  const script = await spawned({ ...options, exports: false });
  const end = () => {
    script.signal('SIGKILL');
    return script.closed;
  };
  const ready = await Promise.race([
    new Promise<boolean>((resolve) => script.heard(text, () => resolve(true))),
    script.closed.then(() => false),
    new Promise<boolean>((resolve) => setTimeout(resolve, LIMIT, false).unref()),
  ]);
  if (ready) return end;
  await end();
  throw new Error(`has not written ${JSON.stringify(text)}:\n${script.written()}`);
}

async function spawned({ directory, env, script, exports = true }: Script) {
  scripts += 1;
  const file = join(directory, `.script-${scripts}.sh`);
  const exported = join(directory, '.exported.sh');
  const before = existsSync(exported) ? `. ${exported}\n` : '';
  const after = exports ? `trap 'export -p > ${exported}' EXIT\n` : '';
  await writeFile(file, `${after}${before}${script}\n`);
  const child = spawn('bash', ['-eu', file], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, which Ctrl-C reaches as a whole
  });
  const waiting: { text: string; tell: () => void }[] = [];
  let written = '';
  let over = false;
  const hear = (chunk: Buffer) => {
    written += chunk.toString();
    const now = waiting.findIndex(({ text }) => written.includes(text));
    if (now >= 0) waiting.splice(now, 1)[0]?.tell();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      over = true;
      resolve(code);
    });
  });
  return {
    closed,
    written: () => written,
    heard: (text: string, tell: () => void) => waiting.push({ text, tell }),
    signal: (name: NodeJS.Signals) => {
      if (!over && child.pid !== undefined) process.kill(-child.pid, name);
    },
  };
}

/** Of this process: a script that stays has its own file. */
let scripts = 0;
