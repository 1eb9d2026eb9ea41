import { parseDuration as millisecondsOf } from '@org/storage-core';
import { InvalidArgumentError } from 'commander';

/** `90s`, `15min`, `1.5h`, `2d` or `0`, in ms. A bare number could be anything. */
export function parseDuration(text: string): number {
  const ms =
    /^\s*\d+(\.\d+)?\s*$/.test(text) && Number(text) !== 0 ? undefined : millisecondsOf(text);
  if (ms === undefined)
    throw new InvalidArgumentError('It takes a time such as 90s, 15min, 1.5h or 2d.');
  return ms;
}
