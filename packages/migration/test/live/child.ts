import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Answer, Handlers, Question } from './answering.js';

/** A process was asked, and has ended without an answer. */
export class Ended extends Error {}

/** A process that answers questions. It ends with this one at the latest. */
export class Child<H extends Handlers> {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #open = new Map<number, (answer: Answer | Ended) => void>();
  #asked = 0;
  #printed = '';

  constructor(name: string, module: URL) {
    this.#name = name;
    this.#process = fork(module, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text;
    });
    this.#process.on('message', (answer: Answer) => this.#open.get(answer.id)?.(answer));
    this.#ended = once(this.#process, 'close').then(([code, signal]) => {
      const ended = new Ended(`${name} has ended (${signal ?? code}): ${this.#printed}`);
      for (const answered of this.#open.values()) answered(ended);
    });
  }

  /** @throws Ended if the process ends before it has answered; Error, if it could not answer. */
  async ask<K extends string & keyof H>(
    name: K,
    given: Parameters<H[K]>[0],
  ): Promise<Awaited<ReturnType<H[K]>>> {
    const id = ++this.#asked;
    const answer = await new Promise<Answer | Ended>((resolve) => {
      this.#open.set(id, resolve);
      const question: Question = { id, name, given };
      if (this.#process.connected)
        this.#process.send(question, () => {}); // an end is told by `close`
      else void this.#ended.then(() => resolve(new Ended(`${this.#name} has ended`)));
    });
    this.#open.delete(id);
    if (answer instanceof Ended) throw answer;
    if ('error' in answer) throw new Error(`${this.#name}: ${answer.error}`);
    return answer.answer as Awaited<ReturnType<H[K]>>; // `H` are the functions that answered
  }

  /** Whether it was {@link kill}ed. */
  get killed(): boolean {
    return this.#process.killed;
  }

  /** Ends it at once, whatever it is at. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }
}
