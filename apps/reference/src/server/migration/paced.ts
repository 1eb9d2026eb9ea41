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

  /** The next look finds it out anew: what is being found out now may be of before. */
  forget(): void {
    this.#known = undefined;
    this.#finding = undefined;
  }

  look(): Promise<T> {
    const known = this.#known;
    if (known !== undefined && performance.now() < known.until) return Promise.resolve(known.value);
    this.#finding ??= this.#look();
    return this.#finding;
  }

  #look(): Promise<T> {
    const begun = performance.now();
    const finding = this.#find()
      .then((value) => {
        const end = performance.now();
        const until = end + Math.max(this.#least, (end - begun) * PATIENCE);
        if (this.#finding === finding) this.#known = { value, until };
        return value;
      })
      .finally(() => {
        if (this.#finding === finding) this.#finding = undefined;
      });
    return finding;
  }
}
