import type { Dice } from '../../../migration/test/live/dice.js';
import { firstValueOf, keyOf, type Lot, lotOf, prefixOf } from './files.js';

/** A file that one process gives another name. */
export interface Move {
  readonly from: string;
  readonly to: string;
  /** Of the file: nobody else changes it. */
  readonly value: string;
}

/** What all processes do at the same time. */
export interface Round {
  readonly number: number;
  /** All clients work on them at once. */
  readonly keys: readonly string[];
  /** Those of earlier rounds that every process looks at again. */
  readonly looks: readonly string[];
  /** By process. */
  readonly moves: readonly (readonly Move[])[];
  /** Of listings. */
  readonly prefixes: readonly string[];
}

/** Of files that are there, and of keys without one. */
const BUSY = 3;
const FRESH = 3;

const LOOKS = 4;

/** How often a key of an earlier round is looked at by all: its history has to stay short enough to be checked. */
const LOOKS_AT_A_KEY = 2;

/** Which keys the processes work on next. Each is worked on in one round only. */
export class Deck {
  readonly #dice: Dice;
  readonly #lots: Record<Lot, number[]> = { still: [], busy: [], moved: [] };
  /** Keys that were dealt, and how often they were looked at again. */
  readonly #past = new Map<string, number>();
  #rounds = 0;
  #fresh = 0;

  /** @param files that are there at first. */
  constructor(files: number, dice: Dice) {
    this.#dice = dice;
    for (let file = 0; file < files; file++) this.#lots[lotOf(file)].push(file);
  }

  /** All keys that were dealt so far. */
  get dealt(): readonly string[] {
    return [...this.#past.keys()];
  }

  /**
   * @param processes that work.
   * @param front the last key that a migration has told of, if one is at work: the round takes those that come next.
   */
  next(processes: number, front: string | undefined): Round {
    const busy = this.#take('busy', BUSY, front).map(keyOf);
    const prefix = prefixOf(busy[0] ?? keyOf(0));
    const keys = busy.concat(Array.from({ length: FRESH }, () => this.#new(prefix)));
    const looks = this.#looks();
    const moves = Array.from({ length: processes }, () => this.#moves(keys, front));
    for (const key of [...keys, ...moves.flat().flatMap(({ from, to }) => [from, to])])
      this.#past.set(key, 0);
    const prefixes = [...new Set(keys.map(prefixOf))];
    return { number: ++this.#rounds, keys, looks, moves, prefixes };
  }

  #moves(keys: readonly string[], front: string | undefined): Move[] {
    return this.#take('moved', this.#dice.between(0, 1), front).map((file) => {
      const from = keyOf(file);
      // Now and then over a file that others change at the same time, and never on a condition.
      const over = this.#dice.chance(0.2) ? keys[1] : undefined;
      return { from, to: over ?? this.#new(prefixOf(from)), value: firstValueOf(file) };
    });
  }

  #looks(): string[] {
    const left = [...this.#past].flatMap(([key, looks]) => (looks < LOOKS_AT_A_KEY ? [key] : []));
    const chosen = new Set(Array.from({ length: LOOKS }, () => this.#dice.oneOf(left)));
    return [...chosen].flatMap((key) => {
      if (key === undefined) return [];
      this.#past.set(key, (this.#past.get(key) ?? 0) + 1);
      return [key];
    });
  }

  #take(lot: Lot, count: number, front: string | undefined): number[] {
    const left = this.#lots[lot];
    const next = front === undefined ? -1 : left.findIndex((file) => keyOf(file) > front);
    return left.splice(next < 0 ? this.#dice.between(0, left.length) : next, count);
  }

  #new(prefix: string): string {
    return `${prefix}new ${++this.#fresh}`;
  }
}
