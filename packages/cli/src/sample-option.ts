import type { SampleSize } from '@org/storage-migration';
import { InvalidArgumentError } from 'commander';

/** So many files, or a share of all: `500`, `1%`. */
export function parseSample(text: string): SampleSize {
  const [, count, percent] = /^(\d+(?:\.\d+)?)(%)?$/.exec(text) ?? [];
  const size = Number(count);
  if (percent !== undefined && size > 0 && size <= 100) return { share: size / 100 };
  if (percent === undefined && Number.isSafeInteger(size) && size >= 1 && size <= 1_000_000)
    return { files: size };
  throw new InvalidArgumentError(
    'It takes a number of files up to 1,000,000, or a share such as 1%.',
  );
}
