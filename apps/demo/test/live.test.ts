import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

const leftovers = async () =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('storage-demo-'));

it('moves an application that works to a bucket, and shows it', async () => {
  const before = await leftovers();
  const env = { ...process.env, STORAGE_DEMO_FILES: '80' };
  const { stdout } = await promisify(execFile)(process.execPath, [program], { env });
  expect(stdout).toMatch(/ 0 wrong answers, 0 failures/);
  const phases = [
    ...['source', 'prepare', 'hybrid', 'migrate', 'verify', 'retire'],
    ...['target', 'check'],
  ];
  const shown = stdout.split('\n').map((line) => /^(\w+) +\d+\.\d s /.exec(line)?.[1]);
  expect(shown.filter((phase) => phase !== undefined)).toEqual(phases);
  expect((await leftovers()).filter((name) => !before.includes(name))).toEqual([]);
}, 300_000);
