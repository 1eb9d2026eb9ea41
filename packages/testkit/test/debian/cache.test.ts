import { execFileSync } from 'node:child_process';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cached } from '../../src/debian/cache.js';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'cache-'));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

const fill = async (directory: string) => writeFile(join(directory, 'file'), 'whole');

test('an entry is filled once, however many want it at once', async () => {
  let fills = 0;
  const slowFill = async (directory: string) => {
    fills++;
    await sleep(100);
    await fill(directory);
  };
  const entries = await Promise.all(
    Array.from({ length: 5 }, () => cached(cache, 'entry', slowFill)),
  );
  expect(new Set(entries)).toEqual(new Set([join(cache, 'entry')]));
  expect(fills).toBe(1);
  expect(await readFile(join(cache, 'entry', 'file'), 'utf8')).toBe('whole');
  expect(await readdir(cache)).toEqual(['entry']);
});

test('a fill that fails leaves nothing, and the next one is a new try', async () => {
  const failing = async (directory: string) => {
    await writeFile(join(directory, 'file'), 'ha');
    throw new Error('no network');
  };
  await expect(cached(cache, 'entry', failing)).rejects.toThrow('no network');
  expect(await readdir(cache)).toEqual([]);
  await cached(cache, 'entry', fill);
  expect(await readFile(join(cache, 'entry', 'file'), 'utf8')).toBe('whole');
});

test('the lock of a process that is gone does not count', async () => {
  const pid = Number(execFileSync(process.execPath, ['-p', 'process.pid']));
  await symlink(`${hostname()}:${pid}:x`, join(cache, 'entry.lock'));
  await cached(cache, 'entry', fill);
  expect(await readdir(cache)).toEqual(['entry']);
});

test('the lock of a process that runs is waited for, until the signal', async () => {
  await symlink(`${hostname()}:${process.pid}:x`, join(cache, 'entry.lock'));
  const signal = AbortSignal.timeout(300);
  await expect(cached(cache, 'entry', fill, signal)).rejects.toThrow();
  expect(await readdir(cache)).toEqual(['entry.lock']);
});

test('of two fills despite the lock the first wins and the second is discarded', async () => {
  const overtaken = async (directory: string) => {
    await rm(join(cache, 'entry.lock'));
    await cached(cache, 'entry', fill);
    await writeFile(join(directory, 'file'), 'second');
  };
  await cached(cache, 'entry', overtaken);
  expect(await readFile(join(cache, 'entry', 'file'), 'utf8')).toBe('whole');
  expect(await readdir(cache)).toEqual(['entry']);
});

test('what a killed process left is removed when it is old enough to be nobody’s', async () => {
  for (const name of ['entry.old.partial', 'entry.new.partial']) await mkdir(join(cache, name));
  const yesterday = Date.now() / 1000 - 86_400;
  await utimes(join(cache, 'entry.old.partial'), yesterday, yesterday);
  await cached(cache, 'entry', fill);
  expect(await readdir(cache)).toEqual(['entry', 'entry.new.partial']);
});
