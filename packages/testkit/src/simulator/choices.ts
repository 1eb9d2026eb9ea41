/** Where the decisions of a simulation come from. */
export interface Choices {
  /**
   * One of `alternatives` (two or more), counted from 0.
   * @param what the kind of decision, such as `go on` (0: the task that made the last step makes the next one, too), `next
   * step` or `crash A`. Kinds of things that go wrong are decisions between 0, that they don't, and 1, that they do.
   */
  pick(alternatives: number, what: string): number;
}

/** What a simulation decides about itself; all other decisions are about what goes wrong, or the scenario's own. */
export const GO_ON = 'go on';
export const NEXT_STEP = 'next step';

/** How likely a seed lets a task be interrupted by another one. */
const PREEMPTIONS = [0.1, 0.25, 0.5, 0.75];
/** How likely a seed lets each kind of fault strike, at every occasion. */
const STRIKES = [0, 0, 0.03, 0.12, 0.4];

/**
 * Decisions by a generator of pseudo-random numbers: the same seed makes the same ones. Each seed also decides how often
 * tasks are interrupted and which kinds of faults there are, so that some runs are full of faults of one kind and others
 * have none ("swarm testing", https://doi.org/10.1145/2338965.2336763).
 */
export class RandomChoices implements Choices {
  #state: number;
  readonly #preemption: number;
  readonly #likely = new Map<string, number>();

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) | 0;
    this.#preemption = this.#oneOf(PREEMPTIONS);
  }

  pick(alternatives: number, what: string): number {
    if (what === NEXT_STEP) return this.#below(alternatives);
    if (what === GO_ON) {
      if (this.#fraction() >= this.#preemption) return 0;
      return 1 + this.#below(alternatives - 1);
    }
    if (alternatives > 2) return this.#below(alternatives);
    return this.#fraction() < this.#probability(what) ? 1 : 0;
  }

  #probability(what: string): number {
    let probability = this.#likely.get(what);
    if (probability === undefined) {
      probability = this.#oneOf(STRIKES);
      this.#likely.set(what, probability);
    }
    return probability;
  }

  #oneOf(values: readonly number[]): number {
    return values[this.#below(values.length)] ?? 0;
  }

  #below(limit: number): number {
    return Math.floor(this.#fraction() * limit);
  }

  /** mulberry32 */
  #fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** Every sequence of decisions there is, one after the other, depth first: {@link next} goes on to the following one. */
export class ExhaustiveChoices implements Choices {
  readonly #picked: number[] = [];
  readonly #alternatives: number[] = [];
  #depth = 0;

  pick(alternatives: number, what: string): number {
    const depth = this.#depth++;
    if (depth === this.#picked.length) {
      this.#picked.push(0);
      this.#alternatives.push(alternatives);
      return 0;
    }
    if (this.#alternatives[depth] !== alternatives) {
      throw new Error(
        `the scenario is not deterministic: decision ${depth} (${what}) was between ${this.#alternatives[depth]} alternatives, now there are ${alternatives}`,
      );
    }
    return this.#picked[depth] ?? 0;
  }

  /** Prepares the next sequence; `false` if that was the last one. */
  next(): boolean {
    this.#depth = 0;
    for (;;) {
      const picked = this.#picked.pop();
      const alternatives = this.#alternatives.pop();
      if (picked === undefined || alternatives === undefined) return false;
      if (picked + 1 >= alternatives) continue;
      this.#picked.push(picked + 1);
      this.#alternatives.push(alternatives);
      return true;
    }
  }
}

/** Decisions that were made before. */
export class ReplayedChoices implements Choices {
  readonly #list: readonly number[];
  #next = 0;
  #mismatch: Error | undefined;

  constructor(list: readonly number[]) {
    this.#list = list;
  }

  pick(alternatives: number, what: string): number {
    const picked = this.#list[this.#next++];
    if (picked !== undefined && picked < alternatives) return picked;
    const found = picked === undefined ? 'none is left' : `the choice is ${picked}`;
    this.#mismatch ??= changed(`"${what}" has ${alternatives} alternatives, ${found}`);
    throw this.#mismatch;
  }

  /** @throws Error if the choices did not fit the run, or some are left over. */
  end(): void {
    if (this.#mismatch !== undefined) throw this.#mismatch;
    const left = this.#list.length - this.#next;
    if (left > 0) throw changed(`${left} choices are left over`);
  }
}

function changed(how: string): Error {
  return new Error(`the code or the scenario has changed since these choices were made: ${how}`);
}

/** Choices as a short text: a base-36 digit each, larger ones in parentheses. */
export function encodeChoices(choices: readonly number[]): string {
  return choices
    .map((choice) => (choice < 36 ? choice.toString(36) : `(${choice.toString(36)})`))
    .join('');
}

/** @throws Error if the text is none that {@link encodeChoices} made. */
export function decodeChoices(text: string): number[] {
  const digits = text.match(/[0-9a-z]|\([0-9a-z]+\)/g) ?? [];
  if (digits.join('') !== text) throw new Error(`${JSON.stringify(text)} is no list of choices`);
  return digits.map((digit) => Number.parseInt(digit.replace(/[()]/g, ''), 36));
}
