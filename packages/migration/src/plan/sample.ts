import type { Key, ListedFile } from '@org/storage-core';
import { SIZE_CLASSES, sizeClassOf } from './size-class.js';

export interface SampledFile {
  readonly key: Key;
  readonly size: number;
}

/**
 * A few files of every size class, each file of a class with the same chance, from a listing of unknown length (reservoir
 * sampling, algorithm R: Vitter, "Random Sampling with a Reservoir", 1985).
 */
export class Sample {
  readonly #classes: readonly { seen: number; files: SampledFile[] }[];
  readonly #perClass: number;
  readonly #random: () => number;

  /** @param random gives numbers from 0 to 1, as `Math.random`. */
  constructor(perClass: number, random: () => number) {
    this.#perClass = perClass;
    this.#random = random;
    this.#classes = SIZE_CLASSES.map(() => ({ seen: 0, files: [] }));
  }

  offer({ key, size }: ListedFile): void {
    const found = this.#classes[sizeClassOf(size)];
    if (found === undefined) return;
    const place = found.seen++;
    if (found.files.length < this.#perClass) found.files.push({ key, size });
    else {
      const chosen = Math.floor(this.#random() * (place + 1));
      if (chosen < this.#perClass) found.files[chosen] = { key, size };
    }
  }

  /** By size class. */
  classes(): readonly (readonly SampledFile[])[] {
    return this.#classes.map(({ files }) => files);
  }
}
