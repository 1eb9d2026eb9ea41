import { contentTypeOf, type ListedFile } from '@org/storage-core';
import type { Count } from '../journal/journal.js';
import { SIZE_CLASSES, type SizeClass, sizeClassBounds, sizeClassOf } from './size-class.js';

/** What is in a source. */
export interface PlanInventory extends Count {
  /** Distinct beginnings of keys that end with `/`; an empty directory has none. */
  readonly directories: number;
  /** Classes that have files, ascending. */
  readonly sizes: readonly SizeClass[];
  /** By what the names' extensions stand for, as providers choose content types; most bytes first. */
  readonly types: readonly TypeCount[];
  /** By the time since they were modified, the newest first; ages that no file has are left out. */
  readonly ages: readonly AgeCount[];
  /** Ten, the largest first. */
  readonly largest: readonly { readonly key: string; readonly size: number }[];
}

export interface TypeCount extends Count {
  readonly type: string;
}

export interface AgeCount extends Count {
  /** Modified within so many days, and not within fewer; 0: in the future. Absent: longer ago than all others. */
  readonly withinDays?: number;
}

const DAYS: readonly number[] = [1, 7, 30, 90, 365, 1095];
const DAY = 86_400_000;
const LARGEST = 10;

/** How far a time may lie ahead without being in the future: clocks have their granularity. Milliseconds. */
export const CLOCK_TOLERANCE = 60_000;

class Tally {
  files = 0;
  bytes = 0;

  add(size: number): void {
    this.files++;
    this.bytes += size;
  }
}

/** Adds up a listing, in memory that does not grow with it. Files are to be added in the listing's order. */
export class InventoryCounter {
  readonly #all = new Tally();
  readonly #sizes = SIZE_CLASSES.map(() => new Tally());
  readonly #types = new Map<string, Tally>();
  readonly #ages = new Map<number, Tally>();
  #largest: { key: string; size: number }[] = [];
  #directories = 0;
  #previous = '';

  /** @param now the time of the source's clock, in milliseconds since 1970. */
  add({ key, size, lastModified }: ListedFile, now: number): void {
    this.#all.add(size);
    this.#sizes[sizeClassOf(size)]?.add(size);
    tallyIn(this.#types, contentTypeOf(key)).add(size);
    tallyIn(this.#ages, ageOf(now - lastModified.getTime())).add(size);
    this.#countDirectories(key);
    this.#keepLargest(key, size);
  }

  get seen(): Count {
    const { files, bytes } = this.#all;
    return { files, bytes };
  }

  result(): PlanInventory {
    return {
      ...this.seen,
      directories: this.#directories,
      sizes: this.#sizes.flatMap(({ files, bytes }, index) =>
        files === 0 ? [] : [{ ...sizeClassBounds(index), files, bytes }],
      ),
      types: [...this.#types]
        .map(([type, { files, bytes }]) => ({ type, files, bytes }))
        .sort((a, b) => b.bytes - a.bytes || b.files - a.files || (a.type < b.type ? -1 : 1)),
      ages: [...this.#ages]
        .sort(([a], [b]) => a - b)
        .map(([days, { files, bytes }]) => ({
          ...(days === Number.POSITIVE_INFINITY ? {} : { withinDays: days }),
          files,
          bytes,
        })),
      largest: this.#largest,
    };
  }

  /** Keys with a common beginning follow each other: a directory is new if the key before is not in it. */
  #countDirectories(key: string): void {
    for (let slash = key.indexOf('/'); slash >= 0; slash = key.indexOf('/', slash + 1)) {
      if (!this.#previous.startsWith(key.slice(0, slash + 1))) this.#directories++;
    }
    this.#previous = key;
  }

  #keepLargest(key: string, size: number): void {
    const smallest = this.#largest.at(-1);
    if (smallest !== undefined && this.#largest.length === LARGEST && size <= smallest.size) return;
    this.#largest = [...this.#largest, { key, size }]
      .sort((a, b) => b.size - a.size)
      .slice(0, LARGEST);
  }
}

function tallyIn<K>(tallies: Map<K, Tally>, name: K): Tally {
  const known = tallies.get(name);
  if (known !== undefined) return known;
  const tally = new Tally();
  tallies.set(name, tally);
  return tally;
}

/** @param age milliseconds. */
function ageOf(age: number): number {
  if (age < -CLOCK_TOLERANCE) return 0;
  return DAYS.find((days) => age < days * DAY) ?? Number.POSITIVE_INFINITY;
}
