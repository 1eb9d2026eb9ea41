import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DebianFetchError, debianRoot } from '../../src/debian/index.js';

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'debian-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test('a package that there is not is an error that names it, and leaves nothing in the cache', async () => {
  const cacheDirectory = await temporaryDirectory();
  const fetched = debianRoot({ packages: ['no-such-package'], cacheDirectory });
  const error = await fetched.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DebianFetchError);
  expect(String(error)).toContain('no-such-package');
  expect(await readdir(cacheDirectory)).toEqual([]);
});

test('what looks like an option is taken for the name of a package', async () => {
  const cacheDirectory = await temporaryDirectory();
  const fetched = debianRoot({ packages: ['--version'], cacheDirectory });
  await expect(fetched).rejects.toThrow(DebianFetchError);
});
