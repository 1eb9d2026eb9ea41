import { StorageError } from '@org/storage-core';

/** Milliseconds, about 25 days: what a timer can wait. */
const LONGEST_DELAY = 2 ** 31 - 1;

/** Says what is wrong with a value, if anything. */
export type Check = (value: unknown) => string | undefined;

/** One check for each option that there is. */
export type Checks<O> = { readonly [K in keyof Required<O>]: Check };

/**
 * Checks the options of a layer when it is made, so that a misspelt one is not dropped. `undefined` counts as not given.
 * @throws StorageError `InvalidArgument`.
 */
export function checkSettings<O extends object>(
  layer: string,
  options: O,
  checks: Checks<O>,
): void {
  if (typeof options !== 'object' || options === null)
    throw new StorageError('InvalidArgument', `${layer} takes an object of options`);
  const known = new Map(Object.entries<Check>(checks));
  for (const [name, value] of Object.entries(options)) {
    const check = known.get(name);
    if (check === undefined) {
      const names = [...known.keys()].join(', ');
      throw new StorageError(
        'InvalidArgument',
        `${layer} has no option "${name}"; there are ${names}`,
      );
    }
    const problem = value === undefined ? undefined : check(value);
    if (problem !== undefined)
      throw new StorageError('InvalidArgument', `the option ${name} of ${layer} ${problem}`);
  }
}

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): Check {
  return (value) =>
    Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `is a whole number, ${min} or more`;
}

/** Milliseconds of a timer. */
export const delay: Check = (value) =>
  typeof value === 'number' && value >= 0 && value <= LONGEST_DELAY
    ? undefined
    : `is a number of milliseconds, 0 to ${LONGEST_DELAY}`;

/** Milliseconds of a timer, or `Infinity` for none. */
export const limit: Check = (value) =>
  value === Number.POSITIVE_INFINITY || (value !== 0 && delay(value) === undefined)
    ? undefined
    : `is a number of milliseconds, more than 0 and up to ${LONGEST_DELAY}, or Infinity`;
