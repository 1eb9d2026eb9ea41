/** How many there are of each, told with every change. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #tell: (name: string, count: number) => void;

  constructor(tell: (name: string, count: number) => void) {
    this.#tell = tell;
  }

  change(name: string, by: number): void {
    const count = (this.#counts.get(name) ?? 0) + by;
    this.#counts.set(name, count);
    this.#tell(name, count);
  }
}
