/** How much longer than it took to find something out it is believed: looking must not burden what is looked at. */
const PATIENCE = 20;

/** Something that is found out again and again, but never so often that finding it out takes more than a twentieth of the time. */
export class Paced<T> {
  readonly #find: () => Promise<T>;
  readonly #least: number;
  #known: { readonly value: T; readonly until: number } | undefined;
  #finding: Promise<T> | undefined;

  /** @param least milliseconds for which it is believed at the least. */
  constructor(find: () => Promise<T>, least: number) {
    this.#find = find;
    this.#least = least;
  }

  /** Found out anew at the next look. */
  forget(): void {
    this.#known = undefined;
  }

  look(): Promise<T> {
    const known = this.#known;
    if (known !== undefined && performance.now() < known.until) return Promise.resolve(known.value);
    this.#finding ??= this.#look().finally(() => {
      this.#finding = undefined;
    });
    return this.#finding;
  }

  async #look(): Promise<T> {
    const begun = performance.now();
    const value = await this.#find();
    const end = performance.now();
    this.#known = { value, until: end + Math.max(this.#least, (end - begun) * PATIENCE) };
    return value;
  }
}
