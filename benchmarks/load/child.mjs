import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program of ours in a process of its own, which is asked by its IPC channel and ends with it. */
export class Child {
  #child;
  #ended;
  #asked = new Map();
  #last = 0;

  /** @returns the child, and the first message that it sends. */
  static async start(program, args) {
    const child = new Child();
    const stdio = ['ignore', 'inherit', 'inherit', 'ipc'];
    child.#child = spawn(process.execPath, [program, ...args], { stdio });
    child.#ended = once(child.#child, 'exit');
    const fail = ([code]) => {
      throw new Error(`${program} ended with ${code}`);
    };
    const [first] = await Promise.race([once(child.#child, 'message'), child.#ended.then(fail)]);
    child.#child.on('message', ({ id, result, error }) => {
      const { resolve, reject } = child.#asked.get(id);
      child.#asked.delete(id);
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    });
    child.#child.once('exit', (code) => {
      for (const { reject } of child.#asked.values())
        reject(new Error(`${program} ended with ${code}`));
    });
    return [child, first];
  }

  get pid() {
    return this.#child.pid;
  }

  ask(action, argument) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#child.send({ id, action, argument });
    });
  }

  async end() {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }
}
