import { StorageError } from '@org/storage-core';

/** Looks at JSON from elsewhere, and says where in it something is wrong. */
export class Checker {
  readonly #place: string;

  /** @param place names it in messages. */
  constructor(place: string) {
    this.#place = place;
  }

  /** @throws StorageError `InvalidArgument`. */
  fail(path: string, rule: string): never {
    const what = path === '' ? this.#place : `${path} in ${this.#place}`;
    throw new StorageError('InvalidArgument', `${what} ${rule}`);
  }

  object(value: unknown, path: string): Readonly<Record<string, unknown>> {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return this.fail(path, 'is an object');
    return value as Readonly<Record<string, unknown>>;
  }

  list(value: unknown, path: string): readonly unknown[] {
    return Array.isArray(value) ? value : this.fail(path, 'is a list');
  }

  text(value: unknown, path: string): string {
    return typeof value === 'string' && value !== '' ? value : this.fail(path, 'is text');
  }

  amount(value: unknown, path: string): number {
    const fits = typeof value === 'number' && Number.isFinite(value) && value >= 0;
    return fits ? value : this.fail(path, 'is a number, 0 or more');
  }

  /** A name that is spelt wrong must not become a price of nothing. */
  known(value: Readonly<Record<string, unknown>>, path: string, names: readonly string[]): void {
    const unknown = Object.keys(value).find((name) => !names.includes(name));
    if (unknown !== undefined)
      this.fail(path, `has an unknown entry "${unknown}"; there are ${names.join(', ')}`);
  }
}
