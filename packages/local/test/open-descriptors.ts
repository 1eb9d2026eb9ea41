import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

/** How many files of a directory this process has open, but for the locks. */
export async function openDescriptors(of: string): Promise<number> {
  const names = await readdir('/proc/self/fd');
  const paths = await Promise.all(
    names.map((name) => readlink(join('/proc/self/fd', name)).catch(() => '')),
  );
  const locks = join(of, '.storage/locks/'); // stay open until the provider is closed
  return paths.filter((path) => path.startsWith(of) && !path.startsWith(locks)).length;
}

/** Waits for what is done on other threads. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 1000; turn++) {
    if (await condition()) return;
    await sleep(turn < 20 ? 0 : 10);
  }
  expect.unreachable('it does not come about');
}
