import { execFileSync } from 'node:child_process';
import { compareKeys, type ListOptions, type StorageProvider } from '@org/storage-core';
import { expect } from 'vitest';

/** How many entries are asked for at once where a listing is resumed. */
const PAGE = 10_000;

/** Bytes that a listing may take of the heap, garbage that was not yet collected included. */
const HEAP_BOUND = 160 * 1024 * 1024;

/** Empty files in directories, all with names of six digits. */
export function plantMany(root: string, directories: number, files: number): void {
  const script = `for d in $(seq -f %06g 0 ${directories - 1}); do
    mkdir "$d" && (cd "$d" && seq -f %06g 0 ${files - 1} | xargs touch) || exit 1; done`;
  execFileSync('sh', ['-c', script], { cwd: root });
}

const nameOf = (n: number) => `${n}`.padStart(6, '0');

/**
 * Lists what {@link plantMany} has made, as a whole, in pages and by directory: each key once, in order.
 * @returns bytes by which the heap has grown at most.
 */
export async function expectAllListed(
  provider: StorageProvider,
  directories: number,
  files: number,
): Promise<number> {
  const total = directories * files;
  const before = process.memoryUsage().heapUsed;
  let most = 0;
  let count = 0;
  let last = '';
  const see = (key: string) => {
    if (key !== `${nameOf(Math.floor(count / files))}/${nameOf(count % files)}`)
      expect.unreachable(`${key} is number ${count}`);
    if (compareKeys(last, key) >= 0) expect.unreachable(`${key} comes after ${last}`);
    last = key;
    count++;
    if (count % 5000 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
  };
  const list = async (options: ListOptions, limit: number) => {
    let seen = 0;
    for await (const entry of provider.list(options)) {
      if (entry.type === 'file') see(entry.key);
      if (++seen === limit) break;
    }
    return seen;
  };

  expect(await list({}, total + 1)).toBe(total);
  expect(most).toBeLessThan(HEAP_BOUND);

  count = 0;
  last = '';
  while ((await list({ startAfter: last }, PAGE)) === PAGE);
  expect(count).toBe(total);

  const prefixes: string[] = [];
  for await (const entry of provider.list({ delimiter: '/' })) {
    if (entry.type === 'prefix') prefixes.push(entry.prefix);
  }
  expect(prefixes).toEqual(Array.from({ length: directories }, (_, n) => `${nameOf(n)}/`));
  return most;
}
