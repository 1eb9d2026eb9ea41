/** What a killed process does not do any more. */
export class Killed extends Error {
  constructor() {
    super('killed');
  }
}

/**
 * Lets a process be killed at one of its steps: the calls of what is given to it, counted from 1. The step is not made, or made
 * and not answered. From then on nothing is done.
 */
export class Mortal {
  readonly #at: number;
  readonly #made: boolean;
  #steps = 0;

  constructor(at: number, made: boolean) {
    this.#at = at;
    this.#made = made;
  }

  get killed(): boolean {
    return this.#steps >= this.#at;
  }

  /** The same, as the process sees it. */
  sees<T extends object>(object: T): T {
    return new Proxy(object, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => this.#step(() => Reflect.apply(value, target, args));
      },
    });
  }

  #step(make: () => unknown): unknown {
    if (this.killed) throw new Killed();
    this.#steps++;
    if (!this.killed) return make();
    if (!this.#made) throw new Killed();
    const answer = make();
    if (!(answer instanceof Promise)) throw new Killed();
    return answer.then(
      () => {
        throw new Killed();
      },
      () => {
        throw new Killed();
      },
    );
  }
}
