import { execFile } from 'node:child_process';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { plantMany } from '../../local/test/many-files.js';
import { bundledModule } from '../../testkit/test/bundled-module.js';
import { temporaryDirectory } from './fixtures.js';

const FOLDERS = 1000;
const FILES = 1_000_000;

/** MiB that a process may have resident. */
const MOST = 250;

const program = bundledModule(new URL('many-files/program.ts', import.meta.url), 'migration');

it('a million files are migrated in memory that does not grow with their number, and the same command has nothing to do', async ({
  annotate,
}) => {
  const home = await temporaryDirectory();
  const root = join(home, 'files');
  const journal = join(home, 'journal.sqlite');
  await mkdir(root);
  plantMany(root, FOLDERS, FILES / FOLDERS);
  const run = async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      program.url.pathname,
      root,
      journal,
    ]);
    return JSON.parse(stdout);
  };
  const first = await run();
  expect(first).toMatchObject({ outcome: 'complete', settled: FILES });
  expect(first.files.copied.files).toBe(FILES);
  expect(first.resident).toBeLessThan(MOST);
  const again = await run();
  expect(again).toMatchObject({ outcome: 'complete', settled: 0, files: first.files });
  expect(again.resident).toBeLessThan(MOST);
  const { size } = await stat(journal);
  const told = ({ cpu, resident }: typeof first) => `${cpu} s of CPU, ${resident} MiB resident`;
  await annotate(
    `first: ${told(first)}; again: ${told(again)}; journal: ${Math.round(size / FILES)} bytes a file`,
  );
});
