import { type ChildProcess, fork } from 'node:child_process';
import { StorageError, type TokenBucket } from '@org/storage-core';
import { type BirpcReturn, createBirpc } from 'birpc';
import type { CopyUpOptions, CopyUpResult } from '../backfill/copy-up.js';
import { workerEntry } from './entry.js';
import type { Advance, Carried, CoordinatorCalls, Setting, Task, WorkerCalls } from './messages.js';
import { packed, unpacked } from './packed-error.js';

/** An attempt that a worker is at. */
interface UnderWay {
  readonly options: CopyUpOptions;
  /** What the worker has asked for it. */
  readonly asked: Promise<unknown>[];
}

/** A process that copies, as the coordinator sees it. */
export class WorkerProcess {
  readonly #process: ChildProcess;
  readonly #calls: BirpcReturn<WorkerCalls, CoordinatorCalls>;
  readonly #underWay = new Map<number, UnderWay>();
  #tasks = 0;
  #answered = false;
  #alive = true;
  /** Resolves when it is gone and all that it has sent is here; to how it ended. */
  readonly ended: Promise<string>;

  /** @param bandwidth of all workers. */
  constructor(bandwidth: TokenBucket, execArgv: readonly string[] | undefined) {
    this.#process = fork(workerEntry(), {
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
      serialization: 'advanced',
      stdio: ['ignore', 2, 2, 'ipc'], // standard output is the command's
    });
    this.#calls = createBirpc<WorkerCalls, CoordinatorCalls>(this.#answers(bandwidth), {
      post: (message) => {
        // What can't be sent any more, the end tells of.
        if (this.#process.connected) this.#process.send(message, () => {});
      },
      on: (listener) => this.#process.on('message', listener),
      off: (listener) => this.#process.off('message', listener),
      eventNames: ['abort', 'setBandwidth', 'close'],
      timeout: -1, // a file takes the time that it takes
    });
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.#alive = false;
        this.#calls.$close(endedWith(this.#process.pid, how));
        resolve(how);
      };
      this.#process.on('error', ({ message }) => {
        if (this.#process.pid === undefined) end(message);
      });
      this.#process.once('close', (code, signal) => end(signal ?? `exit code ${code}`));
    });
  }

  /** Attempts under way. */
  get busy(): number {
    return this.#underWay.size;
  }

  /** Whether it has brought an attempt to its end, be it a failure. */
  get answered(): boolean {
    return this.#answered;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** @returns why it can't work, if it does not end without a word. */
  async open(setting: Setting): Promise<Error | undefined> {
    try {
      const error = await this.#calls.open(setting);
      return error && unpacked(error);
    } catch (cause) {
      if (!this.#alive) return undefined;
      const message = "the workers' data can't be sent to another process";
      return new StorageError('InvalidArgument', message, { operation: 'migrate', cause });
    }
  }

  /** @throws StorageError; if the process ended meanwhile, `Unknown` and retryable. */
  async copy(
    { key, size, sourceEtag, targetEtag }: Task['file'],
    options: CopyUpOptions,
  ): Promise<CopyUpResult> {
    const { source, target, signal, mayCommit, onUpload, onHash, onProgress, ...carried } = options;
    const id = ++this.#tasks;
    const underWay: UnderWay = { options, asked: [] };
    this.#underWay.set(id, underWay);
    try {
      const { advance, outcome } = await this.#calls.copy({
        ...(carried satisfies Carried),
        ...{ id, file: { key, size, sourceEtag, ...(targetEtag ? { targetEtag } : {}) } },
        asks: mayCommit !== undefined,
      });
      this.#answered = true;
      if (advance !== undefined) this.#tell(advance);
      if ('error' in outcome) throw unpacked(outcome.error);
      return outcome.result;
    } finally {
      this.#underWay.delete(id);
      // The next attempt has to know of what this one has left.
      await Promise.allSettled(underWay.asked);
    }
  }

  setBandwidth(rate: number): void {
    if (this.#alive) void this.#calls.setBandwidth(rate);
  }

  abort(): void {
    if (this.#alive) void this.#calls.abort();
  }

  /** Lets it close its stores and end by itself. */
  close(): void {
    if (this.#alive) void this.#calls.close();
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #answers(bandwidth: TokenBucket): CoordinatorCalls {
    return {
      recordUpload: (id, uploadId, sourceEtag) =>
        this.#ask(id, ({ onUpload }) => onUpload(uploadId, sourceEtag)),
      mayCommit: (id) => this.#ask(id, async ({ mayCommit }) => mayCommit?.()),
      takeBytes: (bytes) =>
        new Promise((resolve) => {
          bandwidth.ask({ bytes, grant: resolve });
        }),
      advance: (advances) => {
        for (const each of advances) this.#tell(each);
      },
    };
  }

  async #ask(id: number, ask: (options: CopyUpOptions) => Promise<void>) {
    const underWay = this.#underWay.get(id);
    if (underWay === undefined) return packed(new Error('this attempt has ended'));
    const answer = ask(underWay.options).then(() => undefined, packed);
    underWay.asked.push(answer);
    return answer;
  }

  #tell({ id, hashed, sent }: Advance): void {
    const { onHash, onProgress } = this.#underWay.get(id)?.options ?? {};
    if (hashed !== undefined) onHash?.(hashed);
    if (sent !== undefined) onProgress?.(sent);
  }
}

function endedWith(pid: number | undefined, how: string): StorageError {
  const message = `the worker process ${pid} that was at it has ended (${how})`;
  return new StorageError('Unknown', message, { operation: 'migrate', retryable: true });
}
