/** Which keys the clients work on next. Each key is used in one round, so that its history stays short enough to be checked. */
export class KeyDeck {
  readonly initial: readonly string[];
  readonly #early: string[];
  readonly #late: string[];
  readonly #migrated: string[];
  #fresh = 0;

  /** @param rounds while files are copied. */
  constructor(rounds: number) {
    this.initial = Array.from({ length: 30 + 3 * rounds }, (_, i) => inBlock(i, 'f'));
    const isEarly = (i: number) => i % 10 === 1;
    const isLate = (i: number) => i % 20 === 11;
    this.#early = this.initial.filter((_, i) => isEarly(i) && !isLate(i));
    this.#late = this.initial.filter((_, i) => isLate(i));
    this.#migrated = this.initial.filter((_, i) => !isEarly(i));
  }

  /** Before anything is copied: files of the source, and keys without a file. */
  early(): string[] {
    return [...this.#early.splice(0, 2), ...this.#new(2)];
  }

  /** While files are copied: those that are next, and a key without a file. @param front the last key that was copied. */
  migrating(front: string): string[] {
    const ahead = this.#migrated.findIndex((key) => key > front);
    const next = this.#migrated.splice(Math.max(ahead, 0), 3);
    return [...next, ...this.#new(4 - next.length)];
  }

  /** When all is copied. */
  late(): string[] {
    return [...this.#late.splice(0, 2), ...this.#new(2)];
  }

  #new(count: number): string[] {
    return Array.from({ length: count }, () => inBlock(this.#fresh++ * 3, 'n'));
  }
}

/** Blocks are directories of the source. */
function inBlock(number: number, letter: string): string {
  const digits = (n: number) => String(n).padStart(4, '0');
  return `${digits(Math.floor(number / 20))}/${letter}${digits(number)}`;
}

/** The directory of a key, as a prefix. */
export function blockOf(key: string): string {
  return key.slice(0, key.indexOf('/') + 1);
}
