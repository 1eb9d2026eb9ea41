import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type Ended, ended, type Storage } from '../fixtures.js';
import type { Log } from './log.js';

/** One who runs the command, and does not go on when it ends otherwise than expected. */
export class Operator {
  readonly #storage: Storage;
  readonly #log: Log;
  readonly #running = new Set<Running>();
  #over = false;

  constructor(storage: Storage, log: Log) {
    this.#storage = storage;
    this.#log = log;
  }

  /** @throws Error with what it printed, if it ends with another code. */
  async run(code: number, ...args: readonly string[]): Promise<Ended> {
    const done = await this.start(...args).ended;
    this.note(args, done);
    if (done.code !== code) throw unexpected(args, done, `${code}`);
    return done;
  }

  start(...args: readonly string[]): Running {
    if (this.#over) throw new Error('the rehearsal is over');
    const running = new Running(this.#storage.start(...args));
    this.#running.add(running);
    return running;
  }

  note(args: readonly string[], { code, stdout }: Ended): void {
    const last = stdout.trimEnd().split('\n').at(-1) ?? '';
    const told = /"outcome":"(\w+)"/.exec(last)?.[1] ?? last;
    this.#log.line(`storage ${args[0]}: ${code} ${told}`);
    for (const line of failedIn(stdout)) this.#log.line(line);
  }

  /** Ends whatever runs; nothing is started any more. */
  async kill(): Promise<void> {
    this.#over = true;
    await Promise.all([...this.#running].map((running) => running.kill()));
  }
}

export function unexpected(args: readonly string[], done: Ended, expected: string): Error {
  const { code, stdout, stderr } = done;
  const told = [
    ...failedIn(stdout),
    ...stdout.split('\n').slice(-10),
    ...stderr.split('\n').slice(-30),
  ];
  return new Error(`storage ${args[0]} ended with ${code}, not ${expected}:\n${told.join('\n')}`);
}

/** What a command with `--json` tells of the first files that have failed. */
function failedIn(stdout: string): string[] {
  return stdout
    .split('\n')
    .filter((line) => line.includes('"state":"failed"'))
    .slice(0, 10);
}

/** A command at work. */
export class Running {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Files that it has told of, with `--json`. */
  told = 0;
  /** The last of them. */
  front: string | undefined;
  #waiting: { readonly files: number; readonly resolve: () => void }[] = [];

  constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = ended(child);
    if (child.stdout === null) throw new TypeError('the command’s output is piped');
    createInterface({ input: child.stdout }).on('line', (line) => this.#read(line));
  }

  /** Kills one of the processes that it has started, if there is one. */
  async killWorker(): Promise<void> {
    const { pid } = this.#child;
    const [worker] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ');
    if (worker) process.kill(Number(worker), 'SIGKILL');
  }

  /** Ends it as Ctrl-C does. */
  async interrupt(): Promise<void> {
    this.#child.kill('SIGINT');
    await this.ended;
  }

  /** Resolves when it has told of so many files, or has ended: with whether it has ended. */
  async toldOf(files: number): Promise<boolean> {
    const enough = new Promise<boolean>((resolve) => {
      this.#waiting.push({ files, resolve: () => resolve(false) });
    });
    return Promise.race([this.ended.then(() => true), enough]);
  }

  /** Ends it at once, whatever it is at. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #read(line: string): void {
    const event = fileEvent(line);
    if (event === undefined) return;
    this.told++;
    this.front = event;
    this.#waiting = this.#waiting.filter(({ files, resolve }) => {
      if (this.told < files) return true;
      resolve();
      return false;
    });
  }
}

/** The key of a file that a line tells the end of. */
function fileEvent(line: string): string | undefined {
  if (!/^\{"type":"(file|outcome)"/.test(line)) return undefined;
  const { key } = JSON.parse(line) as { readonly key: string }; // of our own command
  return key;
}
