/** At which step of a command, counted from 1 over all processes that run it, a process dies: before it is made, or after it. */
export interface Death {
  readonly step: number;
  readonly moment: 'before' | 'after';
}

/** Counts the steps of the processes that run one command, and tells which is the last of its process. */
export class Fate {
  readonly #deaths: readonly Death[];
  readonly #steps: string[] = [];

  constructor(deaths: readonly Death[]) {
    this.#deaths = deaths;
  }

  /** What was done, or would have been. */
  get steps(): readonly string[] {
    return this.#steps;
  }

  take(name: string): Death['moment'] | undefined {
    this.#steps.push(name);
    return this.#deaths.find(({ step }) => step === this.#steps.length)?.moment;
  }
}

/**
 * The life of a process as far as it changes anything: its steps are made one after the other, as the fate has it to the last. From then
 * on it makes none, and gets no answer, neither a result nor an error: so nothing of it can tidy up, as nothing of a killed process can.
 */
export class Life {
  readonly #fate: Fate;
  readonly #die: () => void;
  #last: Promise<unknown> = Promise.resolve();
  #dead = false;
  /** Resolves when it ends. */
  readonly ended: Promise<void>;
  #end = () => {};

  /** @param die What ends a process that is one. */
  constructor(fate: Fate, die = () => {}) {
    this.#fate = fate;
    this.#die = die;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Something that changes what outlives the process. */
  step<T>(name: string, make: () => Promise<T>): Promise<T> {
    const made = this.#last.then(() => this.#make(name, make));
    this.#last = made.catch(() => {});
    return made;
  }

  async #make<T>(name: string, make: () => Promise<T>): Promise<T> {
    if (this.#dead) return never();
    const moment = this.#fate.take(name);
    if (moment === undefined) return make();
    if (moment === 'after') await make().catch(() => {});
    this.#dead = true;
    this.#die();
    this.#end();
    return never();
  }

  /** The object, whose methods of these names are steps. */
  sees<T extends object>(object: T, what: string, names: readonly (keyof T & string)[]): T {
    return new Proxy(object, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (!names.some((each) => each === name)) return value.bind(target);
        return (...given: unknown[]) =>
          this.step(`${what}.${String(name)}`, async () => Reflect.apply(value, target, given));
      },
    });
  }
}

/** What dead processes wait for: so long as it is kept, so is what they have open, as if it were theirs. */
const waiting: ((answer: never) => void)[] = [];

function never(): Promise<never> {
  return new Promise((resolve) => void waiting.push(resolve));
}
