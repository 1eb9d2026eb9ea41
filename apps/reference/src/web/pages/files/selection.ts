/** The files that are ticked, of those that are shown. */
export class Selection {
  readonly #ids = new Set<string>();
  readonly #listeners = new Set<() => void>();

  get ids(): readonly string[] {
    return [...this.#ids];
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  set(ids: readonly string[], selected: boolean): void {
    for (const id of ids) {
      if (selected) this.#ids.add(id);
      else this.#ids.delete(id);
    }
    this.#tell();
  }

  /** What is no longer there is not selected either. */
  keep(existing: readonly string[]): void {
    for (const id of this.#ids) if (!existing.includes(id)) this.#ids.delete(id);
    this.#tell();
  }

  clear(): void {
    this.#ids.clear();
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
