import type { Count } from '../journal/journal.js';

/** Lower bounds of the classes of size, in bytes; each ends where the next begins. */
export const SIZE_CLASSES: readonly number[] = [
  0,
  1,
  4 * 1024,
  64 * 1024,
  1024 ** 2,
  16 * 1024 ** 2,
  128 * 1024 ** 2,
  1024 ** 3,
  16 * 1024 ** 3,
];

/** Files of about one size. */
export interface SizeClass extends Count {
  /** Bytes, included. */
  readonly from: number;
  /** Bytes, not included; the last class has no end. */
  readonly below?: number;
}

/** The index of the class that a file of `size` bytes is in. */
export function sizeClassOf(size: number): number {
  const above = SIZE_CLASSES.findIndex((bound) => bound > size);
  return above === -1 ? SIZE_CLASSES.length - 1 : above - 1;
}

export function sizeClassBounds(index: number): Pick<SizeClass, 'from' | 'below'> {
  const below = SIZE_CLASSES[index + 1];
  return { from: SIZE_CLASSES[index] ?? 0, ...(below === undefined ? {} : { below }) };
}
